//! A roll of the operator itself: done once it runs, its definitions are there, and it has looked at every instance.

use super::{Blocker, Goal, Missing, Roll};
use crate::{
    knowledge::{Knowledge, Quirk},
    snapshot::{OperatorScene, Rest, Scene, Watched},
};

/// How long a new operator runs before what it did not touch counts as left alone, seconds. It looks at every instance as
/// soon as it leads, and leads 15 s after the old one's last word at the latest (client-go, `leaderelection`).
const SETTLING_SECONDS: i64 = 30;

impl Roll {
    /// Looks at an operator that is to run the image of `goal`.
    pub(super) fn of_operator(scene: Scene<'_>, itself: &OperatorScene, goal: &Goal) -> Self {
        let mut awaited = of_deployment(itself, goal);
        awaited.extend(of_definitions(itself));
        awaited.extend(of_instances(itself, goal));
        if awaited.is_empty() {
            awaited.extend(of_time(scene, itself));
        }
        let blockers = awaited.iter().map(|awaited| Blocker {
            reason: awaited.what.clone(),
            details: awaited.details.clone(),
            stuck: awaited.stuck,
            ..Blocker::default()
        });
        Self {
            components: vec![],
            blockers: blockers.collect(),
            missing: awaited.iter().map(|awaited| Missing::Awaited { fact: awaited.what.clone() }).collect(),
        }
    }
}

struct Awaited {
    what: String,
    details: Vec<String>,
    stuck: bool,
}

impl Awaited {
    fn passing(what: String) -> Self {
        Self { what, details: vec![], stuck: false }
    }
}

fn of_deployment(itself: &OperatorScene, goal: &Goal) -> Vec<Awaited> {
    let operator = itself.operator();
    let image = goal.image.to_string();
    if operator.image != image {
        return vec![Awaited::passing(format!("deployment/{} has the image {}", operator.name, operator.image))];
    }
    let Some(why) = &itself.deployment.awaits else { return vec![] };
    let pods = itself.pods.known().map_or(&[][..], Vec::as_slice);
    let troubles = pods.iter().filter_map(|pod| Some(format!("pod {}: {}", pod.name, pod.trouble.as_ref()?)));
    let details: Vec<String> = troubles.collect();
    let stuck = itself.deployment.gave_up || !details.is_empty();
    vec![Awaited { what: format!("deployment/{}: {why}", operator.name), details, stuck }]
}

fn of_definitions(itself: &OperatorScene) -> Vec<Awaited> {
    let definitions = match itself.definitions.as_result() {
        Ok(definitions) => definitions,
        // Who manages them elsewhere may not look at them here either.
        Err(_) if !itself.brings_definitions() => return vec![],
        Err(reason) => return vec![Awaited::passing(format!("the definitions cannot be seen: {reason}"))],
    };
    let unready = definitions.iter().filter(|definition| !definition.established);
    let unready = unready.map(|it| Awaited::passing(format!("the definition {} is not established", it.name)));
    unready.chain(itself.lacking().into_iter().map(Awaited::passing)).collect()
}

/// Rule 33: nothing else may move an instance before the operator has written down what it runs.
fn of_instances(itself: &OperatorScene, goal: &Goal) -> Vec<Awaited> {
    let watched = match itself.watched() {
        Ok(watched) => watched,
        Err(reason) => return vec![Awaited::passing(format!("the instances cannot be seen: {reason}"))],
    };
    if !itself.acts() {
        return vec![];
    }
    let reports = reports_current_image(goal);
    let unseen = |milvus: &&Watched| {
        let place = milvus.place();
        if milvus.observed_generation < milvus.generation {
            let (generation, observed) = (milvus.generation, milvus.observed_generation);
            return Some(Awaited::passing(format!(
                "{place} has generation {generation}, and {observed} was looked at"
            )));
        }
        let is_silent = reports && milvus.current_image.is_none() && milvus.image.is_some();
        is_silent.then(|| Awaited::passing(format!("{place} has no status.currentImage yet")))
    };
    watched.iter().filter(|milvus| milvus.rest != Rest::LeftAlone).filter_map(unseen).collect()
}

fn reports_current_image(goal: &Goal) -> bool {
    let version = goal.image.version().and_then(|version| version.to_string().parse().ok());
    version.is_none_or(|version| Knowledge::builtin().quirk(Quirk::ReportsCurrentImage, &version).is_some())
}

fn of_time(scene: Scene<'_>, itself: &OperatorScene) -> Option<Awaited> {
    let is_watching = itself.watched().is_ok_and(|watched| !watched.is_empty());
    let since = itself.deployment.rolled_out.filter(|_| is_watching)?;
    let seconds = scene.workload.taken.duration_since(since).as_secs();
    (seconds < SETTLING_SECONDS).then(|| {
        Awaited::passing(format!(
            "the new operator gets {SETTLING_SECONDS} s to look at every instance before its pods are counted"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::SETTLING_SECONDS;
    use crate::{
        rollout::{Goal, Order, Roll},
        snapshot::{OperatorScene, Part, Rest, Snapshot, sample::operator_release},
    };

    const NEW: &str = "milvusdb/milvus-operator:v1.3.7";

    fn roll(snapshot: &Snapshot) -> Roll {
        let goal = Goal { image: NEW.parse().expect("an image"), arriving: vec![], leaving: vec![] };
        Roll::of(snapshot.scene(), &goal, &Order::default())
    }

    fn scene(snapshot: &mut Snapshot) -> &mut OperatorScene {
        snapshot.operator_scene.as_mut().expect("a scene")
    }

    /// Rolled out, a day ago.
    fn done() -> Snapshot {
        let mut snapshot = operator_release("1.3.7");
        scene(&mut snapshot).deployment.operator.image = NEW.to_owned();
        snapshot
    }

    fn waits(bend: impl FnOnce(&mut Snapshot)) -> String {
        let mut snapshot = done();
        bend(&mut snapshot);
        let roll = roll(&snapshot);
        assert_eq!(roll.is_complete(), roll.blockers.is_empty());
        roll.blockers.first().map(|blocker| format!("{}{:?}", blocker.reason, blocker.details)).unwrap_or_default()
    }

    #[test]
    fn done_is_all_of_it_together() {
        assert_eq!(waits(|_| ()), "");
        for (bend, why) in [
            (
                Box::new(|it: &mut Snapshot| scene(it).deployment.operator.image = "o:v1".to_owned())
                    as Box<dyn FnOnce(&mut Snapshot)>,
                "deployment/milvus-operator has the image o:v1",
            ),
            (
                Box::new(|it| scene(it).deployment.awaits = Some("0 of 1 pods are new".to_owned())),
                "deployment/milvus-operator: 0 of 1 pods are new",
            ),
            (
                Box::new(|it| {
                    let Part::Known(live) = &mut scene(it).definitions else { panic!("known") };
                    live[1].established = false;
                }),
                "the definition milvuses.milvus.io is not established",
            ),
            (
                Box::new(|it| {
                    scene(it).declared[1].fields.insert("v1beta1:spec/new".to_owned());
                }),
                "the definition milvuses.milvus.io lacks v1beta1:spec/new",
            ),
            (
                Box::new(|it| {
                    let Part::Known(live) = &mut scene(it).definitions else { panic!("known") };
                    live.remove(0);
                }),
                "the definition milvusclusters.milvus.io is not there",
            ),
            (
                Box::new(|it| scene(it).definitions = Part::Unknown("no right".to_owned())),
                "the definitions cannot be seen: no right",
            ),
            (
                Box::new(|it| scene(it).milvuses = Part::Unknown("no right".to_owned())),
                "the instances cannot be seen: no right",
            ),
            (
                Box::new(|it| {
                    let Part::Known(all) = &mut scene(it).milvuses else { panic!("known") };
                    all[0].current_image = None;
                }),
                "milvus/prod in vec has no status.currentImage yet",
            ),
            (
                Box::new(|it| {
                    let Part::Known(all) = &mut scene(it).milvuses else { panic!("known") };
                    all[0].generation = 4;
                }),
                "milvus/prod in vec has generation 4, and 3 was looked at",
            ),
        ] {
            let said = waits(bend);
            assert_eq!(said, format!("{why}[]"));
        }
    }

    #[test]
    fn what_the_operator_leaves_alone_is_not_waited_for() {
        let alone = |it: &mut Snapshot, bend: &dyn Fn(&mut OperatorScene)| {
            let Part::Known(all) = &mut scene(it).milvuses else { panic!("known") };
            all[0].current_image = None;
            bend(scene(it));
        };
        let paused = |scene: &mut OperatorScene| {
            let Part::Known(all) = &mut scene.milvuses else { panic!("known") };
            all[0].rest = Rest::LeftAlone;
        };
        let elsewhere =
            |scene: &mut OperatorScene| scene.deployment.operator.watch_namespaces = Some(vec!["web".to_owned()]);
        assert_eq!(waits(|it| alone(it, &paused)), "");
        assert_eq!(waits(|it| alone(it, &elsewhere)), "");
        let stopped = |scene: &mut OperatorScene| {
            scene.deployment.operator.stopped_reconcilers = vec!["all".to_owned()];
        };
        assert_eq!(waits(|it| alone(it, &stopped)), "", "it was told to leave all alone");
        assert_eq!(waits(|it| alone(it, &|scene| scene.deployment.operator.ready = 0)), "", "it has no pods");
        assert_eq!(
            waits(|it| {
                scene(it).declared.clear();
                scene(it).definitions = Part::Unknown("no right".to_owned());
            }),
            "",
            "definitions that somebody else manages"
        );
    }

    #[test]
    fn a_new_operator_gets_time_to_look_where_there_is_something_to_look_at() {
        let just = |it: &mut Snapshot| scene(it).deployment.rolled_out = Some(it.workload.taken);
        assert!(waits(just).contains(&format!("gets {SETTLING_SECONDS} s")));
        assert_eq!(
            waits(|it| {
                let taken = it.workload.taken;
                scene(it).deployment.rolled_out = Some(taken);
                scene(it).milvuses = Part::Known(vec![]);
            }),
            ""
        );
    }

    #[test]
    fn a_pod_that_cannot_start_is_told_with_the_kubelets_words() {
        let mut snapshot = done();
        scene(&mut snapshot).deployment.awaits = Some("0 of 1 pods are new".to_owned());
        let Part::Known(pods) = &mut scene(&mut snapshot).pods else { panic!("known") };
        pods[0].trouble = Some("ImagePullBackOff".to_owned());
        let roll = roll(&snapshot);
        assert!(roll.blockers[0].stuck);
        assert_eq!(roll.blockers[0].details, ["pod milvus-operator-1: ImagePullBackOff"]);
    }
}
