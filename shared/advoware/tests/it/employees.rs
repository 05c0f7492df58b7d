use advosync_sync::ports::FailureKind;
use advosync_upstream::fake::{Answer, Asked};
use serde_json::json;

use crate::office::Office;

#[tokio::test]
async fn rows_are_read_in_any_letter_case_and_bad_ones_are_counted() {
    let rows = json!([{"kuerzel": "PB", "name": "x"}, {"Kuerzel": " AI "}, {"KUERZEL": "PB"}, {"name": "y"}, {"kuerzel": ""}, {"kuerzel": 7}, 5, null]);
    let office = Office::open(move |asked: &Asked| {
        assert_eq!((asked.path.as_str(), asked.param("aktiv")), ("/api/v1/advonet/Mitarbeiter", "true"));
        Answer::json(200, &rows)
    })
    .await;
    let found = office.client().employees().await.expect("a list");
    let names: Vec<_> = found.employees.iter().map(|employee| employee.kuerzel.as_str()).collect();
    assert_eq!((names, found.bad_rows), (vec!["AI", "PB"], 5));
}

#[tokio::test]
async fn a_firm_without_anybody_is_an_error() {
    for rows in [json!([]), json!([{"name": "x"}]), json!(null), json!({"Message": "x"})] {
        let office = Office::open(move |_| Answer::json(200, &rows)).await;
        assert_eq!(office.client().employees().await.expect_err("nobody").kind, FailureKind::Unavailable);
    }
}
