//! Holding and releasing.

use advosync_state::Held;
use advosync_sync::ports::Store;

use crate::store::held;
use crate::support::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_lets_go_what_is_held() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let (store, people) = (bench.store(&leased.guard), Held::new(&bench.state));
    store.set_held(&[held("a"), held("b"), held("c")]).await.unwrap();
    let since = people.held("PB").await.unwrap()[0].since;
    store.set_held(&[held("a"), held("b")]).await.unwrap();
    let waiting = people.held("PB").await.unwrap();
    assert_eq!(waiting.iter().map(|held| held.item.clone()).collect::<Vec<_>>(), [held("a"), held("b")]);
    assert_eq!(waiting[0].since, since, "it waits as long as it waits");
    assert_eq!(people.held_all().await.unwrap().into_keys().collect::<Vec<_>>(), ["PB"]);

    let gone = people.release("PB", "Anna B", Some(&[held("a"), held("z")])).await.unwrap();
    assert_eq!(gone, [held("a")], "what is not held can't be let go");
    let released = people.released("PB").await.unwrap();
    assert_eq!((released.len(), released[0].who.as_str()), (1, "Anna B"));
    assert_eq!(people.release("PB", "bert", None).await.unwrap(), [held("b")]);
    assert!(people.held("PB").await.unwrap().is_empty());
    assert!(people.held_all().await.unwrap().is_empty());
    assert_eq!(store.load().await.unwrap().released.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_forgets_only_the_releases_that_it_knew() {
    let mut bench = Bench::new();
    let leased = bench.lease("PB").await;
    let (store, people) = (bench.store(&leased.guard), Held::new(&bench.state));
    store.set_held(&[held("a"), held("b")]).await.unwrap();
    people.release("PB", "anna", Some(&[held("a")])).await.unwrap();
    store.load().await.unwrap();
    // While the run works with `a` released, a person releases `b` too.
    people.release("PB", "anna", Some(&[held("b")])).await.unwrap();
    store.set_held(&[held("b")]).await.unwrap();
    let released = people.released("PB").await.unwrap();
    assert_eq!(released.into_iter().map(|released| released.item).collect::<Vec<_>>(), [held("b")]);
    assert!(people.held("PB").await.unwrap().is_empty(), "released meanwhile: it waits for its run, not for a person");
}
