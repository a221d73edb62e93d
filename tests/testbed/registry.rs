//! A real registry on loopback, the distribution project's.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use super::household::Household;
use super::programs;
use super::wait::{self, Look};

const NAME: &str = "registry";
/// It is there within a second; a busy machine takes longer.
const LIMIT: Duration = Duration::from_mins(1);

/// A running registry, which ends when it is dropped.
pub(crate) struct Registry {
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    household: Arc<Household>,
}

impl Registry {
    /// Builds it if it is missing, and starts it; with a file of passwords (bcrypt), only for who is in there.
    pub(crate) fn start(passwords: Option<&str>) -> Result<Self> {
        let shelf = programs::build_only(&[NAME])?;
        let household = Household::start()?;
        let directory = &household.directory;
        let configuration = format!(
            "version: 0.1\nlog: {{level: info, formatter: json}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http: {{addr: '127.0.0.1:0', secret: testbed}}\n",
            directory.join("blobs").display()
        );
        let authorization = match passwords {
            Some(passwords) => {
                let file = directory.join("passwords");
                fs::write(&file, passwords).context("cannot write the passwords")?;
                format!("auth: {{htpasswd: {{realm: testbed, path: {}}}}}\n", file.display())
            }
            None => String::new(),
        };
        let file = directory.join("configuration.yaml");
        fs::write(&file, configuration + &authorization).context("cannot write the configuration")?;
        let arguments = ["serve".to_owned(), file.display().to_string()];
        household.run(NAME, &shelf.program(NAME), &arguments)?;
        let address = wait::until(LIMIT, "the registry", || {
            if let Some(reason) = household.ended(&[NAME])? {
                return Ok(Look::Hopeless(reason));
            }
            let log = household.log(NAME);
            Ok(listening(&log).map_or_else(|| Look::NotYet("it does not listen".to_owned()), Look::Done))
        })?;
        Ok(Self { address, household })
    }

    /// Ends it.
    pub(crate) fn stop(self) {
        self.household.end();
    }
}

/// The address that its log names.
fn listening(log: &Path) -> Option<String> {
    let log = fs::read_to_string(log).ok()?;
    let (_, rest) = log.split_once("listening on ")?;
    Some(rest.split(['"', ',', ' ', '\n']).next()?.to_owned()).filter(|address| rest.len() > address.len())
}
