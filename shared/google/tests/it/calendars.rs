use std::collections::BTreeSet;

use advosync_google::{Denial, Grant, Grantee, Right, Role, Sharing};
use advosync_sync::ports::{Certainty, FailureKind};
use advosync_upstream::fake::{Answer, Asked};
use serde_json::json;

use crate::google::{Google, in_turn, refusal};

#[tokio::test]
async fn every_page_of_the_calendar_list_is_read_and_one_bad_entry_spoils_nothing() {
    let google = Google::open(|asked: &Asked| match asked.param("pageToken") {
        "" => Answer::json(
            200,
            &json!({"items": [{"id": "a", "summary": "AW-PB", "accessRole": "owner"}, {"id": 7}], "nextPageToken": "p"}),
        ),
        _ => Answer::json(200, &json!({"items": [{"id": "b", "description": "mark"}]})),
    })
    .await;
    let calendars = google.client().await.calendars().await.expect("a list");
    let ids: Vec<_> = calendars.iter().filter_map(|calendar| calendar.id.as_deref()).collect();
    assert_eq!(ids, ["a", "b"]);
    let asked = &google.asked()[0];
    assert_eq!((asked.path.as_str(), asked.param("showHidden")), ("/calendar/v3/users/me/calendarList", "true"));
}

#[tokio::test]
async fn a_new_calendar_bears_its_mark_from_the_start() {
    let google = Google::saying(200, json!({"id": "c1"})).await;
    let calendar = google.client().await.create_calendar("AW-PB", "mark").await.expect("made");
    assert_eq!(calendar.id.as_deref(), Some("c1"));
    let asked = &google.asked()[0];
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/calendar/v3/calendars"));
    assert_eq!(asked.json(), json!({"summary": "AW-PB", "description": "mark", "timeZone": "Europe/Berlin"}));
}

#[tokio::test]
async fn a_calendar_that_may_have_been_made_is_not_made_again() {
    for fault in
        [Answer::dropped(), refusal(500, "backendError"), Answer::html(503), Answer::json(200, &json!({"id": "c1"})).half()]
    {
        let google = Google::open(move |_| fault.clone()).await;
        let failure = google.client().await.create_calendar("AW-PB", "mark").await.expect_err("no answer");
        assert_eq!((failure.kind, failure.certainty), (FailureKind::Unavailable, Certainty::Unknown));
        assert_eq!(google.asked().len(), 1);
    }
}

#[tokio::test]
async fn a_calendar_is_looked_up_and_described() {
    let google = Google::saying(200, json!({"id": "c1", "description": "mark"})).await;
    let client = google.client().await;
    assert_eq!(
        client.calendar("c1").await.expect("an answer").and_then(|calendar| calendar.description).as_deref(),
        Some("mark")
    );
    client.describe_calendar("c1", "mark").await.expect("described");
    let asked = &google.asked()[1];
    assert_eq!(
        (asked.method.as_str(), asked.path.as_str(), asked.json()),
        ("PATCH", "/calendar/v3/calendars/c1", json!({"description": "mark"}))
    );

    let google = Google::open(|_| refusal(404, "notFound")).await;
    let client = google.client().await;
    assert_eq!(client.calendar("c1").await.expect("an answer").map(|_| ()), None);
    assert_eq!(client.describe_calendar("c1", "x").await.expect_err("missing").kind, FailureKind::CalendarMissing);
    let google = Google::open(|_| Answer::html(404)).await;
    assert_eq!(google.client().await.calendar("c1").await.expect_err("a page").kind, FailureKind::Unavailable);
}

#[tokio::test]
async fn sharing_adds_what_is_missing_without_mail_and_reports_a_public_calendar() {
    let google = Google::open(|asked: &Asked| match asked.method.as_str() {
        "GET" => Answer::json(
            200,
            &json!({"items": [
                {"id": "user:there@example.org", "role": "owner", "scope": {"type": "user", "value": "There@Example.org"}},
                {"id": "default", "role": "reader", "scope": {"type": "default"}},
            ]}),
        ),
        _ => Answer::json(200, &json!({})),
    })
    .await;
    let grant = |address: &str, role| Grant { grantee: Grantee::User(address.into()), role };
    let grants = [
        grant("there@example.org", Role::Owner),
        grant("boss@example.org", Role::Owner),
        grant("desk@example.org", Role::Reader),
    ];
    let sharing = google.client().await.share("c1", &grants, &BTreeSet::new()).await.expect("shared");
    assert_eq!(sharing, Sharing { granted: 2, public: Some(Role::Reader), ..Sharing::default() });
    let writes: Vec<_> = google.asked().into_iter().filter(|asked| asked.method == "POST").collect();
    assert_eq!(writes[0].json(), json!({"role": "owner", "scope": {"type": "user", "value": "boss@example.org"}}));
    assert_eq!(writes[1].json(), json!({"role": "reader", "scope": {"type": "user", "value": "desk@example.org"}}));
    assert!(
        writes.iter().all(|asked| asked.path == "/calendar/v3/calendars/c1/acl" && asked.param("sendNotifications") == "false")
    );
}

#[tokio::test]
async fn a_grant_may_be_repeated() {
    let google =
        Google::open(in_turn(vec![Answer::json(200, &json!({"items": []})), Answer::dropped(), Answer::json(200, &json!({}))]))
            .await;
    let grant = Grant { grantee: Grantee::Group("all@example.org".into()), role: Role::FreeBusyReader };
    assert_eq!(google.client().await.share("c1", &[grant], &BTreeSet::new()).await.expect("shared").granted, 1);
}

#[tokio::test]
async fn a_former_grantee_is_taken_out_and_a_persons_guest_only_reported() {
    let rules = ["former", "guest"].map(
        |name| json!({"id": format!("user:{name}@x.de"), "role": "reader", "scope": {"type": "user", "value": format!("{name}@x.de")}}),
    );
    // The rule is gone already.
    let answers = vec![Answer::json(200, &json!({"items": rules})), refusal(404, "notFound")];
    let google = Google::open(in_turn(answers)).await;
    let former = BTreeSet::from([Grantee::User("former@x.de".into()).digest()]);
    let sharing = google.client().await.share("c1", &[], &former).await.expect("shared");
    assert_eq!(sharing, Sharing { revoked: 1, others: 1, ..Sharing::default() });
    let asked = google.asked();
    assert_eq!(
        (asked.len(), asked[1].method.as_str(), asked[1].path.as_str()),
        (2, "DELETE", "/calendar/v3/calendars/c1/acl/user:former@x.de")
    );
}

#[tokio::test]
async fn a_right_that_is_missing_is_noticed_and_what_was_made_by_mistake_is_taken_back() {
    for right in Right::ALL {
        let google = Google::open(|_| refusal(403, "forbidden")).await;
        let denied = google.client().await.prove(right, "c1").await.expect_err("denied");
        assert_eq!((denied.kind, Denial::of(&denied)), (FailureKind::Denied, Some(Denial::Forbidden)), "{right:?}");
        assert_eq!(google.asked().len(), 1);
    }
    for (right, taken_back) in
        [(Right::MakeCalendars, "/calendar/v3/calendars/x"), (Right::MakeEvents, "/calendar/v3/calendars/c1/events/x")]
    {
        let google = Google::open(|_| Answer::json(200, &json!({"id": "x"}))).await;
        google.client().await.prove(right, "c1").await.expect("allowed");
        let last = google.asked().pop().expect("two requests");
        assert_eq!((last.method.as_str(), last.path.as_str()), ("DELETE", taken_back));
    }
}
