//! Strategic merge patches: JSON merge patches that merge lists too, by what is known of the types.
//!
//! As apimachinery 0.37 makes and applies them (`strategicpatch.CreateThreeWayMergePatch` with `overwrite`, and
//! `StrategicMergePatch`). What differs: where Go panics (lists that begin with null, maps as merge keys), there is an
//! error; a map where a type has a scalar is an error even where Go would not look at the type; and the order of a live
//! list of scalars that has one of them twice, which Go takes from memory that it has overwritten, is kept.
//!
//! Numbers are those that Go decodes: whole numbers in the range of an int64, floats otherwise; `1` and `1.0` differ. What
//! comes out has floats as Go writes them: without a point where they are whole.

mod diff;
mod element_order;
mod list;
mod merge;
mod order;

#[cfg(test)]
mod strategic_test;

use serde_json::{Map, Value};

use super::{number, schema::Schema};
use crate::helm::error::{Error, Result};
use diff::Part;
use merge::Aim;

/// What is to be done with the map that it stands in: `delete`, `replace` or `merge`.
const DIRECTIVE: &str = "$patch";
/// The keys of the map that are to stay.
const RETAIN_KEYS: &str = "$retainKeys";
/// With `/` and the name of a list behind it: the order of its items.
const ELEMENT_ORDER: &str = "$setElementOrder";
/// With `/` and the name of a list behind it: the scalars to be taken out.
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList";

/// The patch that makes `current` what `modified` says and takes away what `original` had and `modified` has not, leaving
/// alone what others have put in. It is `{}` where there is nothing to do.
///
/// `null` stands for an object that is not there.
pub fn three_way(original: &Value, modified: &Value, current: &Value, schema: Schema) -> Result<Value> {
    let (original, modified, current) = (object(original)?, object(modified)?, object(current)?);
    let changes = diff::maps(&current, &modified, schema, Part::Changes, false)?;
    let deletions = diff::maps(&original, &modified, schema, Part::Deletions, false)?;
    let mut patch = number::rewritten(Value::Object(merge::maps(deletions, changes, schema, Aim::Patch)?));
    patch.sort_all_objects();
    Ok(patch)
}

/// What becomes of an object by a patch.
///
/// Directives inside a map that the object does not have yet are left standing in it, as apimachinery leaves them; a server
/// drops them with all other fields that it does not know.
pub fn apply(object: &Value, patch: &Value, schema: Schema) -> Result<Value> {
    let merged = merge::maps(self::object(object)?, self::object(patch)?, schema, Aim::Object)?;
    Ok(number::rewritten(Value::Object(merged)))
}

fn object(value: &Value) -> Result<Map<String, Value>> {
    match number::decoded(value.clone()) {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        _ => Err(Error::new("cannot patch what is not an object")),
    }
}
