use jiff::Timestamp;

use super::values;
use crate::{
    cli::RenderArgs,
    cluster::Connection,
    exit::Exit,
    failure::Failure,
    helm::{
        capability::{Capabilities, KubeVersion},
        error::Error,
        raw,
        render::{Parsed, Purpose, Release, Selection},
        template::engine::World,
        value::{Map, Value},
    },
    output::Printer,
    release::source,
};

/// Prints what `helm template` prints.
pub(super) async fn print(args: &RenderArgs, connection: &Connection, printer: &Printer) -> Result<Exit, Failure> {
    let source::Loaded { chart, notes, .. } = source::load(&args.request()).await?;
    for note in &notes {
        printer.warning(note);
    }
    let values = values::merged(&args.values)?;
    let mut capabilities = Capabilities::default();
    if let Some(version) = &args.kube_version {
        capabilities.kube_version = KubeVersion::parse(version).map_err(Failure::usage)?;
    }
    capabilities.api_versions.extend(args.api_versions.iter().cloned());
    let release = Release {
        name: args.name.clone(),
        namespace: connection.namespace.clone().unwrap_or_else(|| "default".to_owned()),
        revision: 1,
        purpose: if args.is_upgrade { Purpose::Upgrade } else { Purpose::Install },
    };
    let mut world = Here { now: Timestamp::now().as_nanosecond(), fault: None };
    let parsed = Parsed::new(&chart, &values, &release, &capabilities).map_err(Failure::failed)?;
    let rendered = parsed.render(&mut world).map_err(Failure::failed)?;
    if let Some(error) = world.fault {
        return Err(Failure::failed(format!("the system gives no randomness: {error}")));
    }
    for warning in &rendered.warnings {
        printer.warning(warning);
    }
    let selection =
        Selection { definitions: args.include_crds, without_hooks: args.no_hooks, without_tests: args.skip_tests };
    printer.verbatim(&raw::bytes(&rendered.template(selection)));
    // All this goes with the process; to take it apart, value by value, would take a twentieth of the time.
    std::mem::forget((chart, parsed));
    Ok(Exit::Success)
}

/// The world without a cluster: `lookup` finds nothing there, as in `helm template`.
struct Here {
    now: i128,
    /// Why there was no randomness; what was made without it is not to be used.
    fault: Option<getrandom::Error>,
}

impl World for Here {
    fn lookup(&mut self, _: &str, _: &str, _: &str, _: &str) -> Result<Value, Error> {
        Ok(Map::new().into())
    }

    fn now(&self) -> i128 {
        self.now
    }

    fn random(&mut self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            self.fault = Some(error);
        }
    }
}
