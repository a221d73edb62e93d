use super::{
    pulsar,
    run::{Asked, carry_out},
    target::Wish,
};
use crate::{
    check::Direction,
    cli::{Guided, MigrateArgs},
    cluster::Connection,
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::Printer,
};

/// Takes an instance over a change of its metadata, or back, after showing the plan.
pub(super) async fn migrate(
    args: &MigrateArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    if args.what == Some(Guided::PulsarV3) {
        return pulsar::pulsar(args, connection, knowledge, printer).await;
    }
    if args.flushed {
        return Err(Failure::usage("--flushed is for the way to Pulsar 3 alone"));
    }
    let charts = &args.charts;
    let wish = Wish {
        to: args.to.clone(),
        image: args.image.clone(),
        direction: match (args.what, args.rollback) {
            (Some(_), _) => Direction::Join,
            (None, true) => Direction::Restore,
            (None, false) => Direction::Migrate,
        },
        tool: args.tool_image.clone(),
        claim: args.backup_claim.clone(),
        ..Wish::typed(&args.run, charts)?
    };
    let asked = Asked { args: &args.run, charts, wish, one_hop: false, takes_back: false };
    carry_out(&asked, connection, knowledge, printer).await
}
