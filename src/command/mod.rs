//! One function per subcommand: observe, plan, show, confirm, execute, report.

mod bundle;
mod chain;
mod charts;
mod check;
mod complete;
mod docs;
mod drain;
mod edit;
mod explain;
mod follow;
mod get;
mod history;
mod judged;
mod knowledge;
mod log;
mod look;
mod manifest;
mod migrate;
mod observe;
mod operator;
mod plan_file;
mod pulsar;
mod record;
mod rehearse;
mod release;
mod render;
mod rendered;
mod rollback;
mod run;
mod serving;
mod status;
mod target;
mod upgrade;
mod values;
mod values_file;
mod version;

use jiff::Timestamp;

use crate::{
    cli::{Cli, Command},
    cluster::{Cluster, Connection, Session},
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::Printer,
    plan::Refusal,
};

/// Does what was asked.
pub async fn run(cli: Cli, printer: &Printer) -> Result<Exit, Failure> {
    let connection = cli.connection.connection();
    let laid = cli.knowledge.as_deref().map(knowledge::read).transpose()?;
    let knowledge = laid.as_ref().unwrap_or_else(|| Knowledge::builtin());
    match cli.command {
        Command::Get(args) => get::get(&args, &connection, knowledge, printer).await,
        Command::Status(args) => Box::pin(status::status(&args, &connection, knowledge, printer)).await,
        Command::History(args) => history::history(&args, &connection, knowledge, printer).await,
        Command::Check(args) => Box::pin(check::check(&args, &connection, knowledge, printer)).await,
        Command::Upgrade(args) => Box::pin(upgrade::upgrade(&args, &connection, knowledge, printer)).await,
        Command::Migrate(args) => Box::pin(migrate::migrate(&args, &connection, knowledge, printer)).await,
        Command::Rollback(args) => Box::pin(rollback::rollback(&args, &connection, knowledge, printer)).await,
        Command::Explain(args) => Box::pin(explain::explain(&args, &connection, knowledge, printer)).await,
        Command::Completion(args) => complete::completion(&args, printer),
        Command::Answer(args) => Ok(complete::answer(&args, knowledge, printer).await),
        Command::Docs(args) => docs::docs(&args, knowledge, printer),
        Command::Release(args) => Box::pin(release::release(&args, &connection, printer)).await,
        Command::Render(args) => render::print(&args, &connection, printer).await,
        Command::Version(args) => version::version(args, knowledge, printer),
    }
}

/// Opens a connection whose requests say which command made them.
async fn open(connection: &Connection, command: &str) -> Result<Cluster, Failure> {
    // One for each run: enough to tell the requests of two runs apart in an audit log.
    let id = format!("{:x}-{:x}", Timestamp::now().as_nanosecond(), std::process::id());
    connection.open(&Session { command: format!("kubectl milvus {command}"), id }).await
}

/// What the process tells its caller where nothing is planned.
fn refused(refusal: Refusal) -> Failure {
    let exit = if refusal.is_usage { Exit::Usage } else { Exit::Blocked };
    let failure = Failure::new(exit, anyhow::anyhow!(refusal.problem));
    refusal.hints.into_iter().fold(failure, Failure::hint)
}
