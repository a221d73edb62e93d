//! What answers of both interfaces have in common: an envelope, and the description of a collection.

use http::StatusCode;
use serde_json::{Value, json};

use super::Fault;
use crate::snapshot::{CollectionName, Interface, Load, Part};

/// How much of an answer that is no JSON is told.
const TOLD: usize = 200;

/// What is under `data`. The code of a success is 200, and 0 from 2.4 on; that of a refusal comes with words.
pub(super) fn data(status: StatusCode, body: &[u8]) -> Result<Value, Fault> {
    let answer: Option<Value> = serde_json::from_slice(body).ok();
    let words = answer.as_ref().and_then(|answer| answer["message"].as_str()).filter(|words| !words.is_empty());
    let words = words.map(str::to_owned);
    match (status, &answer) {
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => {
            let words = words.map_or(String::new(), |words| format!(": {words}"));
            return Err(Fault::Denied(format!("it lets nobody in without the right user ({status}){words}")));
        }
        (StatusCode::NOT_FOUND, None) => return Err(Fault::Missing),
        _ => {}
    }
    let code = answer.as_ref().and_then(|answer| answer["code"].as_i64());
    match (code, answer) {
        (Some(0 | 200), Some(mut answer)) => Ok(answer["data"].take()),
        (Some(code), Some(_)) => Err(Fault::Refused(words.unwrap_or_else(|| format!("code {code}")))),
        _ => {
            let text: String = String::from_utf8_lossy(body).chars().take(TOLD).collect();
            Err(Fault::Refused(format!("{status} {}", text.trim())))
        }
    }
}

/// Names in a list.
pub(super) fn names(data: &Value) -> Vec<String> {
    data.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// The one number of `[{"count(*)": "10000"}]`; a release writes it as text or as a number.
pub(super) fn count(data: &Value) -> Option<u64> {
    let count = data.get(0)?.get("count(*)")?;
    count.as_u64().or_else(|| count.as_str()?.parse().ok())
}

/// What a release says about a collection.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Description {
    /// Whether it is in memory.
    pub(super) load: Part<Load>,
    /// Its indexes, as far as the description has them.
    pub(super) indexes: Vec<String>,
    /// The field that tells rows apart, and an expression over it that is true of every row.
    pub(super) every_row: Option<(String, String)>,
}

impl Description {
    /// The body of a query for any one row; nothing where there is no primary field to ask for.
    pub(super) fn any_row(&self, interface: Interface, name: &CollectionName) -> Option<Value> {
        let (field, expression) = self.every_row.as_ref()?;
        let mut body = json!({"collectionName": name.name, "filter": expression, "limit": 1, "outputFields": [field]});
        if interface == Interface::V2 {
            body["dbName"] = json!(name.database);
        }
        Some(body)
    }

    /// Reads `collections/describe`.
    pub(super) fn read(data: &Value) -> Self {
        let fields = data["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        let primary = fields.iter().find(|field| field["primaryKey"].as_bool() == Some(true));
        let every_row = primary.and_then(|field| {
            let name = field["name"].as_str()?;
            let is_text = field["type"].as_str()?.to_ascii_lowercase().starts_with("varchar");
            let expression = if is_text { format!("{name} >= \"\"") } else { format!("{name} >= 0 or {name} < 0") };
            Some((name.to_owned(), expression))
        });
        let indexes = data["indexes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let indexes = indexes.iter().filter_map(|index| index["indexName"].as_str().map(str::to_owned)).collect();
        Self { load: load(data["load"].as_str().unwrap_or_default(), None), indexes, every_row }
    }
}

/// The word of a release for a load state (milvus-proto, `LoadState`).
pub(super) fn load(word: &str, progress: Option<i64>) -> Part<Load> {
    match word {
        "LoadStateLoaded" => Part::Known(Load::Loaded),
        "LoadStateNotLoad" => Part::Known(Load::NotLoaded),
        "LoadStateLoading" => {
            Part::Known(Load::Loading { progress: progress.and_then(|progress| u8::try_from(progress).ok()) })
        }
        "" => Part::Unknown("the server does not tell it".to_owned()),
        other => Part::Unknown(format!("the server calls it `{other}`")),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::json;

    use super::{Description, count, data};
    use crate::{
        serving::Fault,
        snapshot::{Load, Part},
    };

    fn read(status: u16, body: &str) -> Result<serde_json::Value, Fault> {
        data(StatusCode::from_u16(status).unwrap(), body.as_bytes())
    }

    #[test]
    fn answers_as_servers_gave_them() {
        assert_eq!(read(200, r#"{"code":200,"data":["docs"]}"#), Ok(json!(["docs"])), "2.2.16, 2.3.5 and early 2.4");
        assert_eq!(read(200, r#"{"code":0,"data":{"rowCount":3}}"#), Ok(json!({"rowCount": 3})), "2.4 and newer");
        assert_eq!(read(404, "404 page not found"), Err(Fault::Missing), "v2 of a 2.3.5");
        let refused = r#"{"code":101,"message":"failed to query: collection not loaded[collection=7]"}"#;
        let words = "failed to query: collection not loaded[collection=7]".to_owned();
        assert_eq!(read(200, refused), Err(Fault::Refused(words)), "2.3.5 after an upgrade");
        let denied = read(401, r#"{"code":1800,"message":"user hasn't authenticated"}"#);
        assert!(matches!(denied, Err(Fault::Denied(words)) if words.contains("user hasn't authenticated")));
        assert_eq!(read(502, "<html>"), Err(Fault::Refused("502 Bad Gateway <html>".to_owned())));
    }

    #[test]
    fn a_count_is_a_number_or_text() {
        assert_eq!(count(&json!([{"count(*)": "10000"}])), Some(10_000), "2.3.5");
        assert_eq!(count(&json!([{"count(*)": 10_000}])), Some(10_000));
        assert_eq!(count(&json!([{"id": 1}])), None, "2.2.16 takes no notice of it");
    }

    #[test]
    fn a_description_of_2_2_16_and_2_3_5() {
        let description = Description::read(&json!({
            "collectionName": "docs", "description": "", "enableDynamicField": true,
            "fields": [
                {"autoId": true, "description": "", "name": "id", "primaryKey": true, "type": "Int64"},
                {"autoId": false, "description": "", "name": "vec", "primaryKey": false, "type": "FloatVector(8)"},
            ],
            "indexes": [{"fieldName": "vec", "indexName": "vector_idx", "metricType": "L2"}],
            "load": "LoadStateLoading", "shardsNum": 1,
        }));
        assert_eq!(description.load, Part::Known(Load::Loading { progress: None }));
        assert_eq!(description.indexes, ["vector_idx"]);
        assert_eq!(description.every_row, Some(("id".to_owned(), "id >= 0 or id < 0".to_owned())));
    }

    #[test]
    fn a_description_of_2_4_and_newer() {
        let description = Description::read(&json!({
            "aliases": [], "autoId": false, "collectionID": 448_707_763_883_002_014_i64, "collectionName": "docs",
            "consistencyLevel": "Bounded", "description": "", "enableDynamicField": true,
            "fields": [
                {"autoId": false, "description": "", "id": 100, "name": "key", "partitionKey": false, "primaryKey": true,
                 "type": "VarChar", "params": [{"key": "max_length", "value": "64"}]},
                {"autoId": false, "description": "", "id": 101, "name": "vector", "partitionKey": false,
                 "primaryKey": false, "type": "FloatVector", "params": [{"key": "dim", "value": "5"}]},
            ],
            "functions": [], "indexes": [{"fieldName": "vector", "indexName": "vector", "metricType": "COSINE"}],
            "load": "LoadStateLoaded", "partitionsNum": 1, "properties": [], "shardsNum": 1,
        }));
        assert_eq!(description.load, Part::Known(Load::Loaded));
        assert_eq!(description.every_row, Some(("key".to_owned(), "key >= \"\"".to_owned())));
    }
}
