//! Rules about webhooks without whose answer the API server refuses what a roll writes.

use super::{Answer, Ground, Problem, evidence};
use crate::snapshot::{Webhook, shell_word};

/// MV0211: something that a roll writes is refused, because a webhook is asked and nobody answers.
pub(super) fn unanswered(ground: &Ground<'_>) -> Answer {
    let surroundings = &ground.snapshot.surroundings;
    let webhooks = match surroundings.webhooks.as_result() {
        Ok(webhooks) => webhooks,
        Err(reason) => {
            return Answer::Unknown(format!(
                "{reason}; look with kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations"
            ));
        }
    };
    let is_release = ground.milvus().is_release;
    let concerns = |webhook: &&Webhook| !is_release || webhook.asked_about.iter().any(|kind| kind != "milvuses");
    let (mut dead, mut doubtful) = (vec![], None);
    for webhook in webhooks.iter().filter(concerns) {
        let ready = surroundings.ready_endpoints(&webhook.service_namespace, &webhook.service);
        match (ready.as_result(), &webhook.doubt) {
            (Err(reason), _) => doubtful = doubtful.or(Some(reason.to_owned())),
            (Ok(0), None) => dead.push(webhook),
            (Ok(0), Some(doubt)) => {
                let object = object(webhook);
                doubtful = doubtful.or(Some(format!("nobody is behind {object} ({}), and {doubt}", webhook.name)));
            }
            (Ok(_), _) => {}
        }
    }
    let Some(first) = dead.first() else {
        return doubtful.map_or(Answer::Fine, |reason| {
            Answer::Unknown(format!("{reason}; look with kubectl get endpointslices -A"))
        });
    };
    let seen = dead.iter().map(|webhook| {
        let elsewhere = if webhook.configuration == first.configuration { "" } else { object(webhook) };
        format!(
            "{elsewhere} {}: failurePolicy Fail, asked about {}; service {} in {} has no ready endpoint",
            webhook.name,
            webhook.asked_about.join(", "),
            webhook.service,
            webhook.service_namespace
        )
        .trim_start()
        .to_owned()
    });
    let namespace = shell_word(&first.service_namespace);
    Problem::new(
        object(first),
        format!(
            "the API server asks {} about {}, and nobody is behind it: the write is refused",
            first.service,
            first.asked_about.join(", ")
        ),
    )
    .seen(seen)
    .fix(format!(
        "bring it up: kubectl -n {namespace} get endpointslices,pods; where it is a leftover: kubectl delete {}",
        shell_word(&first.configuration)
    ))
    .into()
}

fn object(webhook: &Webhook) -> &str {
    &webhook.configuration
}

/// MV0212: what may be stored needs somebody who converts it, and there is nobody.
pub(super) fn unconverted(ground: &Ground<'_>) -> Answer {
    let definition = match ground.snapshot.definition.as_result() {
        Ok(definition) => definition,
        Err(reason) => return Answer::Unknown(reason.to_owned()),
    };
    if !definition.needs_conversion() {
        return Answer::Fine;
    }
    let stored = format!("status.storedVersions: {}", definition.stored.join(", "));
    let why = match &definition.converter {
        Some((namespace, name)) if definition.conversion == "Webhook" => {
            match ground.snapshot.surroundings.ready_endpoints(namespace, name).as_result() {
                Err(reason) => return Answer::Unknown(reason.to_owned()),
                Ok(0) => format!("spec.conversion: service {name} in {namespace} has no ready endpoint"),
                Ok(_) => return Answer::Fine,
            }
        }
        _ => format!("spec.conversion.strategy: {}", definition.conversion),
    };
    Problem::new(
        "customresourcedefinition/milvuses.milvus.io",
        "Milvus resources may be stored in a version that nobody converts: who lists them may get an error, or fields less",
    )
    .seen([stored, why])
    .fix(
        "write every resource once (kubectl get milvus -A -o json | kubectl replace -f -), then take v1alpha1 out of \
         status.storedVersions with kubectl patch --subresource=status",
    )
    .into()
}

/// MV0213: two operators write the same objects.
pub(super) fn two_operators(ground: &Ground<'_>) -> Answer {
    if let Err(answer) = ground.operator() {
        return answer;
    }
    let namespace = &ground.milvus().namespace;
    let operators = ground.snapshot.operators.known().into_iter().flatten();
    let active: Vec<_> = operators.filter(|it| it.ready > 0 && it.watches(namespace) && !it.is_stopped()).collect();
    if active.len() < 2 {
        return Answer::Fine;
    }
    Problem::new(
        evidence::milvus(ground.milvus()),
        format!("{} operators look after {namespace}, and each undoes what the other does", active.len()),
    )
    .seen(active.iter().map(|operator| format!("{}: {}", evidence::operator(operator), operator.image)))
    .fix("leave one of them, or give each its own namespaces with -watch-namespace")
    .into()
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Verdict, trial};
    use crate::snapshot::{
        Backing, Definition, Part, Snapshot, Webhook,
        sample::{self, healthy_cluster, release},
    };

    fn with_webhook(ready: i64, change: impl FnOnce(&mut Webhook)) -> Snapshot {
        let mut webhook = Webhook {
            configuration: "validatingwebhookconfiguration/gate".into(),
            name: "pods.gate.io".into(),
            asked_about: vec!["milvuses".into(), "pods".into()],
            service_namespace: "gate".into(),
            service: "keeper".into(),
            doubt: None,
        };
        change(&mut webhook);
        let mut snapshot = healthy_cluster();
        snapshot.surroundings.webhooks = Part::Known(vec![webhook]);
        let backing = Backing { namespace: "gate".into(), name: "keeper".into(), ready };
        snapshot.surroundings.services = Part::Known(vec![backing]);
        snapshot
    }

    #[test]
    fn a_webhook_has_to_have_somebody_behind_it() {
        assert_eq!(trial(&healthy_cluster(), None, 211).verdict(), Verdict::Fine);
        assert_eq!(trial(&with_webhook(1, |_| {}), None, 211).verdict(), Verdict::Fine);
        let problem = trial(&with_webhook(0, |_| {}), None, 211).problem();
        assert_eq!(
            problem.evidence,
            ["pods.gate.io: failurePolicy Fail, asked about milvuses, pods; \
              service keeper in gate has no ready endpoint"]
        );
        let gone = with_webhook(1, |webhook| webhook.service = "gone".into());
        assert_eq!(trial(&gone, None, 211).verdict(), Verdict::Fires, "a Service that is not there has no endpoint");
    }

    #[test]
    fn what_may_not_be_asked_is_unknown_and_what_is_not_asked_is_fine() {
        let doubtful = with_webhook(0, |webhook| webhook.doubt = Some("it looks at labels".into()));
        assert_eq!(trial(&doubtful, None, 211).verdict(), Verdict::Unknown);
        let mut blind = with_webhook(0, |_| {});
        blind.surroundings.services = Part::Unknown("no right to list endpointslices".into());
        assert_eq!(trial(&blind, None, 211).verdict(), Verdict::Unknown);
        blind.surroundings.webhooks = Part::Unknown("no right".into());
        assert_eq!(trial(&blind, None, 211).verdict(), Verdict::Unknown);
        let of_operator = with_webhook(0, |webhook| webhook.asked_about = vec!["milvuses".into()]);
        let mut helm = release("4.2.58", &serde_json::json!({"image.all.tag": "v2.5.22"}));
        helm.surroundings = of_operator.surroundings.clone();
        assert_eq!(trial(&of_operator, None, 211).verdict(), Verdict::Fires);
        assert_eq!(trial(&helm, None, 211).verdict(), Verdict::Fine, "a release has no Milvus resource");
    }

    fn with_definition(change: impl FnOnce(&mut Definition)) -> Snapshot {
        let mut snapshot = healthy_cluster();
        let Part::Known(definition) = &mut snapshot.definition else { panic!("the sample has a definition") };
        definition.stored = vec!["v1alpha1".into(), "v1beta1".into()];
        change(definition);
        snapshot
    }

    #[test]
    fn what_is_stored_in_another_version_needs_a_converter() {
        assert_eq!(trial(&healthy_cluster(), None, 212).verdict(), Verdict::Fine);
        assert_eq!(
            trial(&with_definition(|_| {}), None, 212).problem().evidence,
            ["status.storedVersions: v1alpha1, v1beta1", "spec.conversion.strategy: None"]
        );
        let mut webhook = with_definition(|definition| {
            definition.conversion = "Webhook".into();
            definition.converter = Some(("milvus-operator".into(), "webhook".into()));
        });
        assert_eq!(trial(&webhook, None, 212).verdict(), Verdict::Fires);
        let backing = Backing { namespace: "milvus-operator".into(), name: "webhook".into(), ready: 1 };
        webhook.surroundings.services = Part::Known(vec![backing]);
        assert_eq!(trial(&webhook, None, 212).verdict(), Verdict::Fine);
        webhook.surroundings.services = Part::Unknown("no right".into());
        assert_eq!(trial(&webhook, None, 212).verdict(), Verdict::Unknown);
        webhook.definition = Part::Unknown("no right".into());
        assert_eq!(trial(&webhook, None, 212).verdict(), Verdict::Unknown);
    }

    #[test]
    fn one_operator_is_enough() {
        let with = |change: fn(&mut crate::snapshot::Operator)| {
            let mut other = sample::operator();
            other.namespace = "other".into();
            change(&mut other);
            let mut snapshot = healthy_cluster();
            snapshot.operators = Part::Known(vec![sample::operator(), other]);
            trial(&snapshot, None, 213)
        };
        assert_eq!(with(|_| {}).problem().evidence.len(), 2);
        assert_eq!(with(|other| other.watch_namespaces = Some(vec!["elsewhere".into()])).verdict(), Verdict::Fine);
        assert_eq!(with(|other| other.ready = 0).verdict(), Verdict::Fine);
        let mut snapshot = healthy_cluster();
        assert_eq!(trial(&snapshot, None, 213).verdict(), Verdict::Fine);
        snapshot.operators = Part::Known(vec![]);
        assert_eq!(trial(&snapshot, None, 213).verdict(), Verdict::Absent);
        snapshot.operators = Part::Unknown("no right".into());
        assert_eq!(trial(&snapshot, None, 213).verdict(), Verdict::Unknown);
    }
}
