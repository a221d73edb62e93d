use super::{
    Answer, Code, Ground, access, back, backup, capacity, configuration, definition, helm, image, operator, ownership,
    record, release, state, version,
};

/// A rule: its code, and how it judges.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its code in the catalogue.
    pub code: Code,
    /// Judges the ground; pure, and never panics.
    pub judge: fn(&Ground<'_>) -> Answer,
    /// Whether it is about the operator and its resource, so that it has nothing to say about a Helm release.
    pub is_of_operator: bool,
    /// Whether it is about going to a newer release, or about what a way back mends, so that it does not stop one.
    pub is_of_upgrade: bool,
}

impl Rule {
    /// The same, with nothing to say about a way back.
    const fn forward(self) -> Self {
        Self { is_of_upgrade: true, ..self }
    }
}

const fn rule(number: u16, judge: fn(&Ground<'_>) -> Answer) -> Rule {
    Rule { code: Code::new(number), judge, is_of_operator: true, is_of_upgrade: false }
}

/// A rule about both ways to run Milvus, or about Helm's alone.
const fn shared(number: u16, judge: fn(&Ground<'_>) -> Answer) -> Rule {
    Rule { code: Code::new(number), judge, is_of_operator: false, is_of_upgrade: false }
}

/// Every rule about an instance, in the order of the codes.
pub static RULES: &[Rule] = &[
    shared(101, version::needs_migration),
    shared(102, version::migration_ends_short),
    shared(103, version::unreadable),
    shared(104, version::out_of_reach),
    rule(105, version::separate_coordinators).forward(),
    shared(106, release::incompatible),
    shared(107, version::below_validated).forward(),
    shared(108, version::leaves_too_early).forward(),
    shared(109, version::jumps_over_lines).forward(),
    rule(110, version::setting_removed),
    shared(111, version::goes_back).forward(),
    shared(112, release::withdrawn_or_preview),
    shared(113, release::troubled),
    shared(114, release::insecure),
    shared(115, image::silent_about_version),
    shared(116, image::another_variant),
    shared(117, image::newer_driver),
    shared(118, version::beside_validated).forward(),
    shared(119, release::unknown_release),
    shared(120, release::unknown_line),
    rule(201, operator::too_old),
    rule(202, operator::absent),
    rule(203, operator::told_to_stop),
    rule(204, operator::elsewhere),
    rule(205, operator::misreads_image),
    rule(206, operator::replaces_etcd),
    rule(207, state::dependency_not_ready),
    rule(208, definition::not_served),
    rule(209, definition::lacks_field),
    rule(210, definition::converts_by_webhook),
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
    rule(501, capacity::autoscaler_stalls),
    rule(502, capacity::autoscaler_fights),
    shared(503, capacity::no_room),
    shared(504, capacity::pod_stays),
    rule(601, access::may_not_patch),
    rule(602, access::may_not_see),
    shared(701, backup::not_named).forward(),
    rule(801, ownership::milvus_cluster),
    shared(802, ownership::another_tool),
    shared(901, helm::pending),
    shared(902, helm::failed).forward(),
    shared(903, helm::chart_and_milvus),
    shared(904, helm::pulsar_taken_away).forward(),
    shared(905, helm::several_queues),
    shared(906, helm::dependencies_restart).forward(),
    shared(907, helm::image_by_hand).forward(),
    shared(908, helm::old_kubernetes),
    shared(1101, record::may_not_write_down),
    shared(1102, record::may_not_keep_others_out),
    shared(1201, back::restore_only),
    shared(1202, back::conditional),
    shared(1203, back::condition_broken),
    shared(1204, back::not_older),
    shared(1205, back::another_queue),
];
