//! Whoever loses a right while they follow a plan hears that, and nothing after it.

use super::{WAYS, World, in_time, take_away};
use crate::http::stream::Stream;

#[tokio::test]
async fn every_way_to_lose_a_right_ends_a_stream() {
    for (way, _) in WAYS {
        let world = World::start().await;
        let session = world.service.sign_in("visitor").await;
        let cookie = session.cookie().to_owned();
        let target = format!("/api/plans/{}/events", world.plan);
        let stream = Stream::open(&world.service.base_url(), &target, &[("cookie", &cookie)]).await;
        let mut stream = stream.unwrap_or_else(|answer| panic!("{way}: {}", answer.status()));
        take_away(&world, way, session).await;
        let mut heard = in_time(stream.rest()).await;
        assert_eq!(heard.pop().as_deref(), Some("gone"), "{way}");
        assert!(heard.iter().all(|kind| kind == "published"), "{way}: {heard:?}");
    }
}
