//! How long a look takes whether everything serves, with how much memory, and what asking all the while costs, against a
//! server on loopback that answers at once.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use kubectl_milvus::serving::{Address, Client, Keys, Limits, Probe, Scope, Way, look};
use kubectl_milvus::snapshot::{Collection, CollectionName, Interface, Reply};

use super::fake::{Fake, World};
use super::measure::{Contestant, Run, Stadium};
use super::table::{Row, Table};
use super::testbed::report;
use super::{memory, time};

/// The first argument of the process that looks once, and of the one that asks all the while.
const LOOK: &str = "serving-look";
const PROBE: &str = "serving-probe";

const ROUNDS: usize = 11;
const FEW: usize = 10;
const MANY: usize = 1_000;
/// How long it is asked all the while.
const WHILE: Duration = Duration::from_secs(20);
/// As the program has them for a request and for a look (`src/knowledge/time.toml`).
const REQUEST: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(30);

/// The process that is measured: `Some` when this one is it.
pub(crate) fn own_part() -> Option<Result<ExitCode>> {
    let mut arguments = std::env::args_os().skip(1);
    let role = arguments.next()?;
    let role = role.to_str().filter(|role| [LOOK, PROBE].contains(role))?;
    let mut number = || arguments.next()?.to_str()?.parse().ok();
    let Some((port, number)) = number().zip(number()) else {
        return Some(Err(anyhow!("{role} takes a port and a number")));
    };
    Some(match role {
        LOOK => in_runtime(look_once(port, number)),
        _ => in_runtime(ask(port, Duration::from_secs(number))),
    })
}

fn in_runtime(work: impl Future<Output = Result<()>>) -> Result<ExitCode> {
    // As the program has it.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)?;
    Ok(ExitCode::SUCCESS)
}

fn client(port: u64) -> Result<Client<'static>> {
    let address = Address { host: "127.0.0.1".to_owned(), port: u16::try_from(port)? };
    Ok(Client::new(Way::Straight(address), Keys::default(), REQUEST))
}

/// A look at everything, of which so many collections have to answer.
async fn look_once(port: u64, wanted: u64) -> Result<()> {
    let seen = look(&client(port)?, &Scope::All, Limits { total: WHOLE }).await;
    let serving = seen.known().context("nobody answered")?;
    let answered = |collection: &&Collection| matches!(collection.query, Reply::Answered { .. });
    let answered = serving.collections.iter().filter(answered).count();
    ensure!(u64::try_from(answered)? == wanted, "{answered} collections answered");
    Ok(())
}

async fn ask(port: u64, length: Duration) -> Result<()> {
    let name = CollectionName { database: "default".to_owned(), name: "c0".to_owned() };
    let probe = Probe::of_row(client(port)?, Interface::V2, &name).await;
    let probe = probe.map_err(|fault| anyhow!("{fault}"))?;
    let ended = tokio::time::timeout(length, probe.ask()).await;
    let told = probe.told((0, probe.now()));
    ensure!(ended.is_err() && told.failed == 0 && told.calls > 0, "{told:?}");
    Ok(())
}

/// Only this, as a table of its own; no cluster is started.
#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
pub(crate) fn compare() -> Result<ExitCode> {
    let program = std::env::current_exe()?;
    let home = tempfile::tempdir().context("cannot create a home")?;
    let stadium = Stadium { home: home.path(), kubeconfig: &home.path().join("kubeconfig") };
    report("measuring looks at collections of a server on loopback");
    let [few, many] = [FEW, MANY].map(server);
    let texts = [(few.port, FEW), (many.port, MANY)].map(|(port, count)| [port.to_string(), count.to_string()]);
    let lines = texts.each_ref().map(|[port, count]| [LOOK, port.as_str(), count.as_str()]);
    let contestants = lines.each_ref().map(|arguments| Contestant { program: &program, arguments });
    let runs = stadium.race(&contestants, ROUNDS)?;
    let [less, more] = &runs[..] else { return Ok(ExitCode::FAILURE) };
    report(&format!("asking for a row five times a second, for {} s", WHILE.as_secs()));
    let asked = probe(&stadium, &program, few.port)?;
    let rows = vec![
        Row::bound("a look at 1,000 collections", time(more), Duration::from_secs(2)),
        Row::ratio("peak memory of that : of one at 10 collections", memory(more), memory(less), 2.0),
        Row::bound("time of a core for 20 s of asking all the while", asked.cpu, WHILE / 100),
    ];
    println!("\nMedians of {ROUNDS} looks, and one time of asking all the while:\n\n{}", Table(rows));
    Ok(ExitCode::SUCCESS)
}

fn probe(stadium: &Stadium, program: &Path, port: u16) -> Result<Run> {
    let (port, seconds) = (port.to_string(), WHILE.as_secs().to_string());
    stadium.run(&Contestant { program, arguments: &[PROBE, &port, &seconds] })
}

fn server(collections: usize) -> Fake {
    let names: Vec<String> = (0..collections).map(|number| format!("c{number}")).collect();
    Fake::start(World::serving(&names.iter().map(String::as_str).collect::<Vec<_>>()))
}
