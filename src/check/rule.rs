use super::{
    Answer, Code, Ground, access, back, backup, capacity, chart, configuration, definition, dependency, helm, image,
    leftover, migration, operator, operator_upgrade, ownership, record, release, room, service, state, storage,
    version, webhook,
};
use crate::snapshot::Subject;

/// A rule: its code, and how it judges.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its code in the catalogue.
    pub code: Code,
    /// Judges the ground; pure, and never panics.
    pub judge: fn(&Ground<'_>) -> Answer,
    /// What it is about; it has nothing to say about anything else.
    pub about: &'static [Subject],
    /// Whether it is about going to a newer release, or about what a way back mends, so that it does not stop one.
    pub is_of_upgrade: bool,
    /// Whether what it says of the last step of a way is true before the first one.
    pub looks_ahead: bool,
}

impl Rule {
    /// The same, with nothing to say about a way back.
    const fn forward(self) -> Self {
        Self { is_of_upgrade: true, ..self }
    }

    /// The same, of a rule whose answer about the last step of a way is true before the first one.
    const fn ahead(self) -> Self {
        Self { looks_ahead: true, ..self }
    }

    /// Whether a report about such a subject has a line for it. Instances and the operator have no rule in common that
    /// would be worth a word where it does not apply.
    pub fn is_listed(&self, subject: Subject) -> bool {
        let is_of_operator = *self.about == [Subject::Operator];
        self.about.contains(&subject) || (subject != Subject::Operator && !is_of_operator)
    }
}

/// A rule about a Milvus resource and the operator that moves it.
const fn rule(number: u16, judge: fn(&Ground<'_>) -> Answer) -> Rule {
    Rule { code: Code::new(number), judge, about: &[Subject::Resource], is_of_upgrade: false, looks_ahead: false }
}

/// A rule about both ways to run Milvus, or about Helm's alone.
const fn shared(number: u16, judge: fn(&Ground<'_>) -> Answer) -> Rule {
    Rule {
        code: Code::new(number),
        judge,
        about: &[Subject::Resource, Subject::Release],
        is_of_upgrade: false,
        looks_ahead: false,
    }
}

/// A rule about whatever there is.
const fn general(number: u16, judge: fn(&Ground<'_>) -> Answer) -> Rule {
    let about = &[Subject::Resource, Subject::Release, Subject::Operator];
    Rule { code: Code::new(number), judge, about, is_of_upgrade: false, looks_ahead: false }
}

/// A rule about releases of Helm alone.
const fn of_release(number: u16, judge: fn(&Ground<'_>) -> Answer) -> Rule {
    Rule { code: Code::new(number), judge, about: &[Subject::Release], is_of_upgrade: false, looks_ahead: false }
}

/// A rule about the operator itself.
const fn itself(number: u16, judge: fn(&Ground<'_>) -> Answer) -> Rule {
    Rule { code: Code::new(number), judge, about: &[Subject::Operator], is_of_upgrade: false, looks_ahead: false }
}

/// Every rule about an instance, in the order of the codes.
pub static RULES: &[Rule] = &[
    shared(101, version::needs_migration),
    shared(102, version::migration_ends_short),
    shared(103, version::unreadable),
    shared(104, version::out_of_reach),
    rule(105, version::separate_coordinators).forward(),
    shared(106, release::incompatible).ahead(),
    shared(107, version::below_validated).forward(),
    shared(108, version::leaves_too_early).forward(),
    shared(109, version::jumps_over_lines).forward(),
    shared(110, version::setting_removed).ahead(),
    shared(111, version::goes_back).forward(),
    shared(112, release::withdrawn_or_preview).ahead(),
    shared(113, release::troubled).ahead(),
    shared(114, release::insecure).ahead(),
    shared(115, image::silent_about_version).ahead(),
    shared(116, image::another_variant).ahead(),
    shared(117, image::newer_driver).ahead(),
    shared(118, version::beside_validated).forward(),
    shared(119, release::unknown_release).ahead(),
    shared(120, release::unknown_line).ahead(),
    shared(121, service::stands_still).forward().ahead(),
    shared(122, service::privileges_change).forward().ahead(),
    rule(201, operator::too_old).ahead(),
    rule(202, operator::absent),
    rule(203, operator::told_to_stop),
    rule(204, operator::elsewhere),
    rule(205, operator::misreads_image).ahead(),
    rule(206, operator::replaces_etcd),
    rule(207, state::dependency_not_ready),
    rule(208, definition::not_served),
    rule(209, definition::lacks_field),
    rule(210, definition::converts_by_webhook),
    shared(211, webhook::unanswered),
    rule(212, webhook::unconverted).forward(),
    rule(213, webhook::two_operators).forward(),
    rule(214, operator::lacks_rights),
    shared(301, storage::metadata_unkept).forward(),
    shared(302, storage::claim_unbound).forward(),
    shared(303, storage::volume_held).forward(),
    shared(304, storage::dependency_thin).forward(),
    shared(305, dependency::place_shared).forward(),
    shared(306, storage::unfit_for_woodpecker).forward(),
    shared(307, storage::queue_unkept),
    shared(308, dependency::images_moved).forward(),
    rule(309, storage::claims_fixed).forward(),
    rule(310, dependency::etcd_inside).forward(),
    rule(311, storage::volumes_go).forward(),
    shared(312, dependency::etcd_full).forward(),
    rule(401, configuration::ignored),
    rule(402, configuration::paused),
    rule(403, configuration::own_image),
    rule(404, configuration::manual_mode),
    rule(405, state::not_healthy).forward(),
    rule(406, state::unfinished_roll).forward(),
    rule(407, configuration::all_at_once).forward(),
    rule(408, configuration::mode_left_behind).forward(),
    rule(410, configuration::tool_image_follows),
    rule(411, configuration::config_map_only),
    rule(412, configuration::queue_not_named),
    rule(413, state::being_deleted),
    rule(416, state::old_coordinator_runs).forward(),
    shared(417, leftover::pull_secret_missing).forward(),
    rule(418, leftover::twin_missing),
    shared(419, leftover::outlived).forward(),
    shared(420, image::registries_differ).forward(),
    rule(501, capacity::autoscaler_stalls),
    rule(502, capacity::autoscaler_fights),
    shared(503, capacity::no_room),
    shared(504, capacity::pod_stays),
    shared(505, room::budget_spent).forward(),
    shared(506, room::quota_full).forward(),
    rule(507, room::autoscaler_left_behind),
    shared(508, room::processor_lacks).forward(),
    rule(601, access::may_not_patch),
    rule(602, access::may_not_see),
    shared(650, service::constrained).forward(),
    shared(701, backup::not_named).forward().ahead(),
    // The way back of a longer way leads to its last stop, not to where it began.
    shared(702, service::not_restorable).forward(),
    rule(801, ownership::milvus_cluster),
    general(802, ownership::another_tool),
    general(901, helm::pending),
    general(902, helm::failed).forward(),
    shared(903, helm::chart_and_milvus),
    shared(904, helm::pulsar_taken_away).forward(),
    shared(905, helm::several_queues),
    shared(906, helm::dependencies_restart).forward(),
    shared(907, helm::image_by_hand).forward(),
    shared(908, helm::old_kubernetes),
    shared(909, chart::versions_not_served),
    // What leads back to other values is the way out.
    shared(910, chart::claims_differ).forward(),
    shared(911, chart::shortcuts_lost).forward(),
    shared(912, chart::old_repository).forward(),
    shared(913, leftover::coordinator_gap).forward(),
    of_release(918, ownership::not_recorded),
    itself(1001, operator_upgrade::not_by_helm),
    itself(1002, operator_upgrade::image_pinned),
    itself(1003, operator_upgrade::goes_back),
    itself(1004, operator_upgrade::replaces_etcd),
    itself(1005, operator_upgrade::tool_image_follows),
    itself(1006, operator_upgrade::instance_unsettled),
    itself(1007, operator_upgrade::below_floor),
    itself(1008, operator_upgrade::definitions_elsewhere),
    itself(1009, operator_upgrade::unreadable),
    itself(1010, operator_upgrade::unknown_release),
    itself(1011, operator_upgrade::definitions_behind),
    itself(1012, operator_upgrade::not_rolled_out),
    general(1101, record::may_not_write_down),
    general(1102, record::may_not_keep_others_out),
    shared(1201, back::restore_only),
    shared(1202, back::conditional),
    shared(1203, back::condition_broken),
    shared(1204, back::not_older),
    shared(1205, back::another_queue),
    shared(1301, migration::nothing_to_migrate),
    shared(1302, migration::no_storage_class),
    shared(1303, migration::autoscaled),
    shared(1304, migration::etcd_out_of_reach),
    shared(1305, migration::another_migration),
    shared(1306, migration::embedded_etcd),
    shared(1307, migration::downtime),
    rule(1308, migration::nothing_kept),
    rule(1309, migration::perhaps_half_way),
    shared(1310, migration::may_not_migrate),
    rule(1311, migration::told_to_leave_alone),
    rule(1312, migration::version_stays),
];
