//! Where records are kept and how many, as helm is told by its variables; and what is too large to be kept.

use super::chart::small;
use super::course::{Course, METHODS};
use super::look;
use super::pair::{HELMS, Pair};
use crate::testbed::Testbed;
use crate::testbed::trial::trials;
use crate::upgrade::{ended_with, own_writes, says};

trials![
    config_maps_hold_records_as_helm_writes_them,
    old_revisions_go_as_helm_lets_them_go,
    what_cannot_be_kept_is_told_before_anything_is_written,
];

fn config_maps_hold_records_as_helm_writes_them(testbed: &Testbed) {
    let folder = small();
    for helm in HELMS {
        let pair = Pair::begin(testbed, "configmap", helm, folder.path(), &[("HELM_DRIVER", "configmap")]);
        pair.upgrade(&["--set", "shape=b"]).iter().for_each(|output| ended_with(output, 0));
        pair.roll_back("1").iter().for_each(|output| ended_with(output, 0));
        let kept = look::of(&pair.ours);
        let count =
            |kind: &str| kept.keys().filter(|name| name.starts_with(&format!("{kind}/sh.helm.release"))).count();
        assert_eq!((count("configmaps"), count("secrets")), (3, 0));
    }
}

fn old_revisions_go_as_helm_lets_them_go(testbed: &Testbed) {
    let folder = small();
    for helm in HELMS {
        let pair = Pair::begin(testbed, "history", helm, folder.path(), &[("HELM_MAX_HISTORY", "3")]);
        // The failed ones leave the first deployed for long; it stays.
        for (flags, code) in [
            ("shape=b,fails=true", 5),
            ("shape=b,fails=true", 5),
            ("shape=b,fails=true", 5),
            ("shape=b", 0),
            ("shape=a", 0),
            ("shape=b", 0),
        ] {
            let [_, ours] = pair.upgrade(&["--set", flags]);
            ended_with(&ours, code);
        }
        pair.roll_back("6").iter().for_each(|output| ended_with(output, 0));
        let names: Vec<String> = look::records(&pair.ours).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [6, 7, 8].map(|number| format!("sh.helm.release.v1.one.v{number}")));
    }
}

fn what_cannot_be_kept_is_told_before_anything_is_written(testbed: &Testbed) {
    let folder = small();
    let course = Course::begin(testbed, "too-large", folder.path(), METHODS[1]);
    for (driver, words) in [
        ("sql", "HELM_DRIVER=sql keeps releases in a database, which this program does not read"),
        ("memory", "HELM_DRIVER=memory keeps no releases"),
        ("floppy", "HELM_DRIVER=floppy is unknown; it can be `secret` or `configmap`"),
    ] {
        let arguments = course.there();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = course.namespace.command(&arguments).env("HELM_DRIVER", driver).run();
        ended_with(&output, 2);
        says(&output.stderr, words);
    }
    // Noise, so that it cannot be compressed.
    let mut state = 1_u64;
    let noise: String = (0..1_600_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'!' + u8::try_from((state >> 33) % 90).expect("it is less than 90"))
        })
        .collect();
    std::fs::write(folder.path().join("noise.txt"), noise).expect("the chart can be written to");
    for more in [&[][..], &["--dry-run=server"]] {
        let output = course.run(&course.there(), more);
        ended_with(&output, 3);
        says(&output.stderr, "revision 2 of release `one`");
        says(
            &output.stderr,
            "1048576 is the most that a Secret or ConfigMap holds; most of it is the chart's `noise.txt`",
        );
    }
    assert_eq!(own_writes(&course.namespace), []);
}
