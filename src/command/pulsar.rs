use super::{observe::observe, open, refused, target::resolve};
use crate::{
    check::Direction,
    cli::MigrateArgs,
    cluster::Connection,
    exit::Exit,
    failure::Failure,
    knowledge::Knowledge,
    output::{Format, Header, Kind, Printer, procedure as screen},
    plan::pulsar_3,
    snapshot::shell_word,
};

/// Says how an instance goes from Pulsar 2 to Pulsar 3, and how far it is. Writes nothing.
pub(super) async fn pulsar(
    args: &MigrateArgs,
    connection: &Connection,
    knowledge: &Knowledge,
    printer: &Printer,
) -> Result<Exit, Failure> {
    let run = &args.run;
    if run.resume || run.diff || run.plan.is_some() || run.plan_out.is_some() {
        let problem = "the way to Pulsar 3 is gone by hand: there is no run to plan, to compare or to resume";
        return Err(Failure::usage(problem).hint("the same command says how far it is"));
    }
    let cluster = open(connection, "migrate").await?;
    let subject = resolve(&cluster, run.target.as_ref(), knowledge).await?;
    if subject.operator.is_some() {
        return Err(Failure::usage("an operator keeps no messages: name an instance of Milvus"));
    }
    let observed = Box::pin(observe(&cluster, &subject, &run.helm, knowledge, Direction::Forward)).await;
    let mut snapshot = observed.map_err(|failure| {
        // Between the two generations there is no such instance, and nobody but its file knows what it was.
        let file = shell_word(&format!("{}-pulsar-v3.yaml", subject.name));
        let namespace = shell_word(cluster.namespace());
        if subject.is_release {
            return failure;
        }
        failure.hint(format!(
            "deleted on its way to Pulsar 3? then create it again:  kubectl -n {namespace} create -f {file}"
        ))
    })?;
    cluster.look_at_pulsar(&mut snapshot).await;
    let stated = run.from_version.as_ref();
    let procedure = pulsar_3(&snapshot, stated, args.flushed, knowledge).map_err(refused)?;
    match run.output {
        Some(format @ (Format::Json | Format::Yaml)) => printer.document(Kind::Procedure, &procedure, format)?,
        _ => printer.show(&screen::screen(&Header::of(&snapshot), &procedure)),
    }
    Ok(if procedure.is_withheld() { Exit::Blocked } else { Exit::Success })
}
