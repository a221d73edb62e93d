//! `kubectl milvus`: checks, upgrades, migrates and rolls back Milvus on Kubernetes.

use std::process::ExitCode;

use kubectl_milvus::{cli::Cli, command, exit::Exit, output::Printer};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return Printer::usage(&error).into(),
    };
    let printer = Printer::new(cli.output.settings());
    let ended = command::run(cli, &printer).await.and_then(|exit| printer.finish().map(|()| exit));
    let exit: Exit = ended.unwrap_or_else(|failure| {
        printer.failure(&failure);
        failure.exit()
    });
    exit.into()
}
