//! Plans that are kept in files.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    check::Acceptance,
    exit::Exit,
    failure::Failure,
    output::{Format, Kind, document},
    plan::{Plan, PlanFile, Reason, paths},
};

/// The most that is read of a plan, bytes: no real one comes near.
const LARGEST: u64 = 16 << 20;

/// Writes a plan; the name of the file says whether as JSON or YAML.
pub(super) fn write(path: &Path, plan: &Plan, accepted: &[Acceptance], given: Option<&Value>) -> Result<(), Failure> {
    let reason = |code| Acceptance::reason(accepted, code).map(|reason| Reason { code, reason: reason.to_owned() });
    let reasons = plan.target.accepted.iter().copied().filter_map(reason).collect();
    let file = PlanFile { plan: plan.clone(), reasons, given: given.map(paths).unwrap_or_default() };
    let text = document(Kind::UpgradePlan, &file, format(path)?).map_err(Failure::from)?;
    fs::write(path, text).map_err(|error| Failure::failed(format!("cannot write `{}`: {error}", path.display())))
}

/// The form that the name of a file asks for.
pub(super) fn format(path: &Path) -> Result<Format, Failure> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Ok(Format::Json),
        Some("yaml" | "yml") => Ok(Format::Yaml),
        _ => Err(Failure::usage(format!("`{}` is no name of a plan", path.display()))
            .hint("it ends with .json, .yaml or .yml, which says the form")),
    }
}

/// Reads a plan again.
pub(super) fn read(path: &Path) -> Result<PlanFile, Failure> {
    let refused = |reason: String| Failure::failed(format!("cannot read the plan `{}`: {reason}", path.display()));
    let size = fs::metadata(path).map_err(|error| refused(error.to_string()))?.len();
    if size > LARGEST {
        return Err(refused(format!("it has {size} bytes, and {LARGEST} are the most")));
    }
    let text = fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    // JSON is YAML too, but its own reader is the better judge of it.
    let value: Value = match format(path)? {
        Format::Json => serde_json::from_str(&text).map_err(|error| refused(error.to_string()))?,
        _ => serde_saphyr::from_str(&text).map_err(|error| refused(error.to_string()))?,
    };
    PlanFile::read(value).map_err(refused)
}

/// The ground of a plan has moved: names the fields.
pub(super) fn moved(reference: &str, fields: &[String], again: &str) -> Failure {
    let problem = format!("{reference} is not as it was when the plan was made; nothing was changed");
    let failure = Failure::new(Exit::Blocked, anyhow::anyhow!(problem));
    fields.iter().fold(failure, Failure::hint).hint(format!("make the plan anew:  {again}"))
}

/// The plan in the file is not what this program would do.
pub(super) fn differs(path: &Path, step: &str) -> Failure {
    let problem = format!("the plan `{}` is not what this program would do now: {step}", path.display());
    Failure::new(Exit::Blocked, anyhow::anyhow!(problem))
        .hint("it was changed by hand, or made by another version; make it anew with --plan-out")
}
