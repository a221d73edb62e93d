use super::{
    edit, follow,
    run::{Asked, carry_out},
    target::Wish,
};
use crate::{
    cli::{OnFailure, UpgradeArgs},
    cluster::Connection,
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::Printer,
};

/// Rolls an instance to a newer version, after showing the plan.
pub(super) async fn upgrade(
    args: &UpgradeArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let wish = Wish {
        to: args.to.clone(),
        image: args.image.clone(),
        update_mode: args.update_mode,
        ..Wish::typed(&args.run, &args.charts)?
    };
    if let Some(path) = &args.filename {
        return edit::edit(args, path, wish, connection, knowledge, printer).await;
    }
    if args.follow {
        return Box::pin(follow::follow(args, wish, connection, knowledge, printer)).await;
    }
    let asked = Asked {
        args: &args.run,
        charts: &args.charts,
        wish,
        one_hop: args.one_hop,
        takes_back: args.on_failure == OnFailure::Rollback,
    };
    carry_out(&asked, connection, knowledge, printer).await
}
