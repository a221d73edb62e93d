use super::{
    Answer, Code, Ground, access, backup, capacity, configuration, definition, image, operator, ownership, release,
    state, version,
};

/// A rule: its code, and how it judges.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its code in the catalogue.
    pub code: Code,
    /// Judges the ground; pure, and never panics.
    pub judge: fn(&Ground<'_>) -> Answer,
}

const fn rule(number: u16, judge: fn(&Ground<'_>) -> Answer) -> Rule {
    Rule { code: Code::new(number), judge }
}

/// Every rule about an instance, in the order of the codes.
pub static RULES: &[Rule] = &[
    rule(101, version::needs_migration),
    rule(102, version::migration_ends_short),
    rule(103, version::unreadable),
    rule(104, version::out_of_reach),
    rule(105, version::separate_coordinators),
    rule(106, release::incompatible),
    rule(107, version::below_validated),
    rule(108, version::leaves_too_early),
    rule(109, version::jumps_over_lines),
    rule(110, version::setting_removed),
    rule(111, version::goes_back),
    rule(112, release::withdrawn_or_preview),
    rule(113, release::troubled),
    rule(114, release::insecure),
    rule(115, image::silent_about_version),
    rule(116, image::another_variant),
    rule(117, image::newer_driver),
    rule(118, version::beside_validated),
    rule(119, release::unknown_release),
    rule(120, release::unknown_line),
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
    rule(405, state::not_healthy),
    rule(406, state::unfinished_roll),
    rule(407, configuration::all_at_once),
    rule(408, configuration::mode_left_behind),
    rule(410, configuration::tool_image_follows),
    rule(411, configuration::config_map_only),
    rule(412, configuration::queue_not_named),
    rule(413, state::being_deleted),
    rule(416, state::old_coordinator_runs),
    rule(501, capacity::autoscaler_stalls),
    rule(502, capacity::autoscaler_fights),
    rule(503, capacity::no_room),
    rule(504, capacity::pod_stays),
    rule(601, access::may_not_patch),
    rule(602, access::may_not_see),
    rule(701, backup::not_named),
    rule(801, ownership::milvus_cluster),
    rule(802, ownership::another_tool),
];
