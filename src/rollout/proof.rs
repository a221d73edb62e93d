//! What became of the instances while their operator was upgraded.

use crate::snapshot::{OperatorScene, Watched, WatchedPod};

/// What became of the pods of the instances between two looks: a line each that was restarted or replaced, with why, and
/// the count of those that were not. An error where it cannot be told.
fn disturbed(before: &OperatorScene, after: &OperatorScene) -> Result<(usize, Vec<String>), String> {
    let (old, new) = (before.milvus_pods.as_result()?, after.milvus_pods.as_result()?);
    let watched = before.watched()?;
    let owner = |pod: &WatchedPod| watched.iter().find(|milvus| milvus.has(pod)).copied();
    let mut lines = vec![];
    let mut calm = 0;
    for pod in old.iter().filter(|pod| !pod.ends) {
        let Some(milvus) = owner(pod) else { continue };
        let place = format!("pod {} in {}", pod.name, pod.namespace);
        match new.iter().find(|other| other.uid == pod.uid && !other.ends) {
            Some(now) if now.restarts == pod.restarts => calm += 1,
            Some(now) => {
                let times = match now.restarts - pod.restarts {
                    1 => "once".to_owned(),
                    times => format!("{times} times"),
                };
                let why = now.exit.as_deref().unwrap_or("nobody says why");
                lines.push(format!("{place} was restarted {times}: {why}"));
            }
            None => lines.push(format!("{place} was replaced: {}", why_replaced(pod, milvus, before, after))),
        }
    }
    Ok((calm, lines))
}

/// What became of the instances between two looks, a line each: what an upgrade of their operator owes to prove.
pub fn proof(before: &OperatorScene, after: &OperatorScene) -> Vec<String> {
    let mut lines = match disturbed(before, after) {
        Ok((0, lines)) if lines.is_empty() => vec!["no instance has pods that could have been restarted".to_owned()],
        Ok((calm, lines)) if lines.is_empty() => {
            vec![format!("no pod of Milvus was restarted: {} before", same(calm))]
        }
        Ok((calm, lines)) => {
            let were = if lines.len() == 1 {
                "one pod of Milvus was".to_owned()
            } else {
                format!("{} pods of Milvus were", lines.len())
            };
            let head = format!("{were} restarted or replaced, {} before:", same(calm));
            std::iter::once(head).chain(lines).collect()
        }
        Err(reason) => vec![format!("whether pods of Milvus were restarted cannot be told: {reason}")],
    };
    let (old, new) = (before.watched().unwrap_or_default(), after.watched().unwrap_or_default());
    for was in old {
        let Some(now) = new.iter().find(|now| now.place() == was.place()) else { continue };
        let expected = was.current_image.as_ref().or(was.image.as_ref());
        if let (Some(expected), Some(found)) = (expected, &now.current_image)
            && expected != found
        {
            lines.push(format!("{} reports {found} now, and {expected} before: somebody moved it", was.place()));
        }
    }
    lines
}

fn why_replaced(pod: &WatchedPod, milvus: &Watched, before: &OperatorScene, after: &OperatorScene) -> String {
    let is_new = |other: &&WatchedPod| {
        let same_place =
            (&other.namespace, &other.instance, &other.component) == (&pod.namespace, &pod.instance, &pod.component);
        let known = before.milvus_pods.known().is_some_and(|old| old.iter().any(|old| old.uid == other.uid));
        same_place && !known
    };
    let heir = after.milvus_pods.known().and_then(|pods| pods.iter().find(is_new));
    let image = heir.and_then(|heir| heir.images.iter().find(|image| !pod.images.contains(image)));
    let now = after.milvuses.known().and_then(|all| all.iter().find(|other| other.place() == milvus.place()));
    match (image, now) {
        (_, None) => format!("{} was deleted", milvus.place()),
        (Some(image), _) if milvus.update_tool_image => {
            format!("updateToolImage is true, and its pods now have {image}")
        }
        (Some(image), _) => format!("its pods now have {image}"),
        (None, Some(now)) if now.generation != milvus.generation => {
            format!("the resource was changed meanwhile, generation {} to {}", milvus.generation, now.generation)
        }
        (None, Some(_)) => "by nobody that can be told; its namespace's events may say".to_owned(),
    }
}

fn same(calm: usize) -> String {
    if calm == 1 { "one is the same as".to_owned() } else { format!("{calm} are the same as") }
}

#[cfg(test)]
mod tests {
    use super::{disturbed, proof};
    use crate::snapshot::{
        OperatorScene, Part,
        sample::{operator_release, watched, watched_pod},
    };

    const NEW: &str = "milvusdb/milvus-operator:v1.3.7";

    fn scene() -> OperatorScene {
        operator_release("1.3.7").operator_scene.expect("a scene")
    }

    #[test]
    fn pods_are_compared_by_who_they_are() {
        let before = scene();
        let after = |bend: &dyn Fn(&mut OperatorScene)| {
            let mut after = before.clone();
            bend(&mut after);
            disturbed(&before, &after).map(|(calm, lines)| (calm, lines.join("; ")))
        };
        assert_eq!(after(&|_| ()), Ok((2, String::new())));
        let known = |part: &mut Part<Vec<crate::snapshot::WatchedPod>>| match part {
            Part::Known(pods) => std::mem::take(pods),
            Part::Unknown(_) => panic!("known"),
        };
        let grown = after(&|it| {
            let mut pods = known(&mut it.milvus_pods);
            pods.push(watched_pod("prod", "proxy", 9));
            it.milvus_pods = Part::Known(pods);
        });
        assert_eq!(grown, Ok((2, String::new())), "one more is no restart");
        let crashed = after(&|it| {
            let mut pods = known(&mut it.milvus_pods);
            (pods[0].restarts, pods[0].exit) = (2, Some("OOMKilled".to_owned()));
            it.milvus_pods = Part::Known(pods);
        });
        assert_eq!(crashed, Ok((1, "pod prod-milvus-proxy-1 in vec was restarted 2 times: OOMKilled".to_owned())));
        let replaced = |bend: &dyn Fn(&mut OperatorScene)| {
            after(&|it| {
                let mut pods = known(&mut it.milvus_pods);
                let mut heir = watched_pod("prod", "proxy", 9);
                heir.images[1] = NEW.to_owned();
                pods[0] = heir;
                it.milvus_pods = Part::Known(pods);
                bend(it);
            })
        };
        let said = replaced(&|_| ()).expect("it can be told").1;
        assert_eq!(said, format!("pod prod-milvus-proxy-1 in vec was replaced: its pods now have {NEW}"));
        let gone = replaced(&|it| it.milvuses = Part::Known(vec![])).expect("it can be told").1;
        assert!(gone.ends_with("milvus/prod in vec was deleted"), "{gone}");
        let unseen = after(&|it| it.milvus_pods = Part::Unknown("no right to list pods".to_owned()));
        assert_eq!(unseen, Err("no right to list pods".to_owned()));
    }

    #[test]
    fn a_pod_that_is_replaced_in_the_same_form_has_its_reason_looked_for() {
        let mut before = scene();
        let mut tool = before.clone();
        for scene in [&mut before, &mut tool] {
            let mut prod = watched("prod");
            prod.update_tool_image = true;
            scene.milvuses = Part::Known(vec![prod]);
        }
        let mut heir = watched_pod("prod", "proxy", 9);
        heir.images[1] = NEW.to_owned();
        tool.milvus_pods = Part::Known(vec![heir, watched_pod("prod", "mixcoord", 2)]);
        let (calm, lines) = disturbed(&before, &tool).expect("it can be told");
        assert_eq!((calm, lines.len()), (1, 1));
        assert!(lines[0].contains("updateToolImage is true"), "{lines:?}");

        let same = watched_pod("prod", "proxy", 9);
        tool.milvus_pods = Part::Known(vec![same, watched_pod("prod", "mixcoord", 2)]);
        assert!(disturbed(&before, &tool).expect("it can be told").1[0].contains("nobody that can be told"));
        let mut changed = watched("prod");
        changed.generation = 5;
        tool.milvuses = Part::Known(vec![changed]);
        assert!(disturbed(&before, &tool).expect("it can be told").1[0].ends_with("generation 3 to 5"));
    }

    #[test]
    fn the_end_says_what_became_of_pods_and_images() {
        let before = scene();
        assert_eq!(proof(&before, &before), ["no pod of Milvus was restarted: 2 are the same as before"]);
        let mut after = before.clone();
        after.milvus_pods = Part::Known(vec![watched_pod("prod", "mixcoord", 2)]);
        let lines = proof(&before, &after);
        assert_eq!(lines[0], "one pod of Milvus was restarted or replaced, one is the same as before:");
        assert_eq!(lines.len(), 2);
        after.milvus_pods = Part::Unknown("no right to list pods".to_owned());
        let mut moved = watched("prod");
        moved.current_image = Some("milvusdb/milvus:v2.6.6".to_owned());
        after.milvuses = Part::Known(vec![moved]);
        let lines = proof(&before, &after);
        assert_eq!(lines[0], "whether pods of Milvus were restarted cannot be told: no right to list pods");
        assert!(lines[1].contains("reports milvusdb/milvus:v2.6.6 now, and milvusdb/milvus:v2.5.22 before"));
        let mut empty = before.clone();
        empty.milvus_pods = Part::Known(vec![]);
        assert_eq!(proof(&empty, &empty), ["no instance has pods that could have been restarted"]);
    }
}
