//! Rules about the custom resource definition.

use super::{Answer, Ground, Problem};
use crate::snapshot::shell_word;
use crate::{knowledge::Quirk, snapshot::Definition};

/// The API version that this tool speaks.
const SPOKEN: &str = "v1beta1";
const OBJECT: &str = "customresourcedefinition/milvuses.milvus.io";
const RENEW: &str = "kubectl milvus upgrade operator   or apply the chart's templates/crds.yaml on the server's side";

fn definition<'a>(ground: &Ground<'a>) -> Result<&'a Definition, Answer> {
    ground
        .snapshot
        .definition
        .as_result()
        .map_err(|reason| Answer::Unknown(format!("{reason}; look with kubectl get crd milvuses.milvus.io -o yaml")))
}

/// MV0208: the API server does not answer the version that this tool speaks.
pub(super) fn not_served(ground: &Ground<'_>) -> Answer {
    let definition = match definition(ground) {
        Ok(definition) => definition,
        Err(answer) => return answer,
    };
    if definition.served.iter().any(|version| version == SPOKEN) {
        return Answer::Fine;
    }
    Problem::new(OBJECT, format!("the API server does not serve milvus.io/{SPOKEN}"))
        .seen([format!("served: {}", definition.served.join(", "))])
        .fix(RENEW)
        .into()
}

/// MV0209: the definition has no place for a field that the upgrade sets.
pub(super) fn lacks_field(ground: &Ground<'_>) -> Answer {
    let Some(target) = ground.target else { return Answer::NotApplicable };
    let definition = match definition(ground) {
        Ok(definition) => definition,
        Err(answer) => return answer,
    };
    let rolls = match ground.operator_version() {
        Ok((_, version)) => ground.knowledge.quirk(Quirk::RollingUpdate, &version).is_some(),
        Err(_) => true,
    };
    let wanted = [("imageUpdateMode", rolls), ("version", target.states_version)];
    let lacking: Vec<String> = wanted
        .into_iter()
        .filter(|(field, needed)| *needed && !definition.component_fields.iter().any(|known| known == field))
        .map(|(field, _)| format!("spec.components.{field}"))
        .collect();
    if lacking.is_empty() {
        return Answer::Fine;
    }
    Problem::new(OBJECT, format!("the definition does not know {}", lacking.join(" and ")))
        .seen([format!("fields below spec.components: {}", definition.component_fields.len())])
        .fix(RENEW)
        .into()
}

/// MV0210: requests in another version need a webhook.
pub(super) fn converts_by_webhook(ground: &Ground<'_>) -> Answer {
    let definition = match definition(ground) {
        Ok(definition) => definition,
        Err(answer) => return answer,
    };
    let others = definition.served.iter().chain(&definition.stored).any(|version| version != SPOKEN);
    if definition.conversion != "Webhook" || !others {
        return Answer::Fine;
    }
    let patch = shell_word(r#"{"spec":{"conversion":{"strategy":"None","webhook":null}}}"#);
    Problem::new(OBJECT, "requests in another version than v1beta1 go through a webhook, and fail where none runs")
        .seen([
            format!("spec.conversion.strategy: {}", definition.conversion),
            format!("served: {}; stored: {}", definition.served.join(", "), definition.stored.join(", ")),
        ])
        .fix(format!("kubectl patch crd milvuses.milvus.io --type=merge -p {patch}   where no webhook runs"))
        .into()
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Verdict, trial, trial_with};
    use crate::snapshot::{
        Definition, Part, Snapshot,
        sample::{self, healthy_cluster},
    };

    fn with_definition(change: impl FnOnce(&mut Definition)) -> Snapshot {
        let mut snapshot = healthy_cluster();
        let Part::Known(definition) = &mut snapshot.definition else { panic!("the sample has a definition") };
        change(definition);
        snapshot
    }

    #[test]
    fn the_version_that_is_spoken_has_to_be_served() {
        let old = with_definition(|definition| definition.served = vec!["v1alpha1".into()]);
        assert_eq!(trial(&old, None, 208).verdict(), Verdict::Fires);
        assert_eq!(trial(&healthy_cluster(), None, 208).verdict(), Verdict::Fine);
    }

    #[test]
    fn a_field_that_is_set_has_to_be_known() {
        let bare = with_definition(|definition| definition.component_fields = vec!["image".into()]);
        assert_eq!(
            trial(&bare, Some("2.6.6"), 209).problem().summary,
            "the definition does not know spec.components.imageUpdateMode"
        );
        let no_version = with_definition(|definition| definition.component_fields = vec!["imageUpdateMode".into()]);
        assert_eq!(trial(&no_version, Some("2.6.6"), 209).verdict(), Verdict::Fine);
        let stated = trial_with(&no_version, "2.6.6", 209, |target| target.states_version = true);
        assert_eq!(stated.verdict(), Verdict::Fires);
        assert_eq!(trial(&bare, None, 209).verdict(), Verdict::Absent);
        let mut old = bare;
        let mut operator = sample::operator();
        operator.version = Some(semver::Version::new(0, 7, 5));
        old.operators = Part::Known(vec![operator]);
        assert_eq!(trial(&old, Some("2.2.2"), 209).verdict(), Verdict::Fine, "such an operator has no order to set");
    }

    #[test]
    fn a_webhook_matters_where_something_else_is_served_or_stored() {
        let webhook = with_definition(|definition| definition.conversion = "Webhook".into());
        assert_eq!(trial(&webhook, None, 210).verdict(), Verdict::Fires);
        let alone = with_definition(|definition| {
            definition.conversion = "Webhook".into();
            definition.served = vec!["v1beta1".into()];
        });
        assert_eq!(trial(&alone, None, 210).verdict(), Verdict::Fine);
        assert_eq!(trial(&healthy_cluster(), None, 210).verdict(), Verdict::Fine);
    }

    #[test]
    fn a_definition_that_was_not_seen_is_unknown() {
        let mut snapshot = healthy_cluster();
        snapshot.definition = Part::Unknown("no right to get customresourcedefinitions".into());
        for code in [208, 209, 210] {
            assert_eq!(trial(&snapshot, Some("2.6.6"), code).verdict(), Verdict::Unknown, "MV0{code}");
        }
    }
}
