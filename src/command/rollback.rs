use super::{
    run::{Asked, carry_out},
    target::Wish,
};
use crate::{
    check::Direction, cli::RollbackArgs, cluster::Connection, exit::Exit, failure::Failure, knowledge::Knowledge,
    milvus::VersionRequest, output::Printer,
};

/// Takes an instance back to an older version, after showing the plan.
pub(super) async fn rollback(
    args: &RollbackArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let wish = Wish {
        to: args.to.clone().map(VersionRequest::Exact),
        image: args.image.clone(),
        direction: Direction::Back,
        revision: args.to_revision,
        ..Wish::typed(&args.run, &args.charts)?
    };
    let asked = Asked { args: &args.run, charts: &args.charts, wish, one_hop: false, takes_back: false };
    carry_out(&asked, connection, knowledge, printer).await
}
