//! Organizations and their keys.

use super::{StoreUnderTest, World};
use slotflow_application::Webhooks;
use slotflow_application::webhooks::{RegisterWebhook, RegisterWebhookError};
use slotflow_domain::organization::{ApiKey, OrganizationName, Plan, PlanName, WebhookLimit, WebhookLimits};
use slotflow_domain::webhook::Refusal;
use slotflow_domain::{ApiKeyId, OrganizationId};
use std::time::Duration;
use uuid::Uuid;

pub async fn an_organization_is_read_back_as_it_was_written(store: StoreUnderTest) {
    let world = World::new(store);
    let written = world.organization_on(Plan::Starter).await;
    let read = world.store.directory.organization(written.id).await.unwrap();
    assert_eq!(read, Some(written));
}

pub async fn organizations_are_listed_oldest_first(store: StoreUnderTest) {
    let world = World::new(store);
    let mut written = Vec::new();
    for _ in 0..3 {
        written.push(world.organization().await);
        world.clock.advance(Duration::from_millis(1));
    }
    assert_eq!(world.store.directory.organizations().await.unwrap(), written);
}

pub async fn an_unknown_organization_is_none(store: StoreUnderTest) {
    let world = World::new(store);
    let unknown = OrganizationId::new(Uuid::from_u128(7));
    assert_eq!(world.store.directory.organization(unknown).await.unwrap(), None);
    assert_eq!(world.begin().await.lock_organization(unknown).await.unwrap(), None);
}

pub async fn a_plan_can_be_changed(store: StoreUnderTest) {
    let world = World::new(store);
    let organization = world.organization_on(Plan::Free).await;
    world.organizations().set_plan(organization.id, Plan::Growth).await.unwrap();
    let read = world.store.directory.organization(organization.id).await.unwrap().unwrap();
    assert_eq!(read.plan, Plan::Growth);
    let locked = world.begin().await.lock_organization(organization.id).await.unwrap().unwrap();
    assert_eq!(locked, read);
}

pub async fn an_organization_on_a_plan_of_ones_own_gets_what_it_allows(store: StoreUnderTest) {
    let world = World::new(store);
    let [team, gone] = ["Team_2026.v1", "gone"].map(|name| PlanName::parse(name).unwrap());
    let organization = world.organization_on(team.clone()).await;
    assert_eq!(
        world.begin().await.lock_organization(organization.id).await.unwrap(),
        Some(organization.clone())
    );
    let limits = WebhookLimits::of([(team.as_str(), WebhookLimit::at_most(3))]).unwrap();
    let webhooks = Webhooks { limits, ..world.webhooks() };
    let register = async |number: u8| {
        let request = RegisterWebhook {
            url: format!("https://a{number}.io/"),
            events: vec!["booking.confirmed".into()],
        };
        match webhooks.register(organization.id, request).await {
            Ok(_) => None,
            Err(RegisterWebhookError::Refused(refusal)) => Some(refusal),
            Err(error) => panic!("{error}"),
        }
    };
    for number in 0..3 {
        assert_eq!(register(number).await, None);
    }
    assert_eq!(register(3).await, Some(Refusal::LimitReached { limit: 3 }));

    // On a plan that was removed what is there stays, and nothing is added.
    world.organizations().set_plan(organization.id, gone.clone()).await.unwrap();
    let read = world.store.directory.organization(organization.id).await.unwrap().unwrap();
    assert_eq!(read.plan, gone);
    assert_eq!(register(4).await, Some(Refusal::NoSuchPlan { plan: gone }));
    assert_eq!(world.store.directory.webhooks(organization.id).await.unwrap().len(), 3);
}

pub async fn a_key_is_recognized_by_its_digest(store: StoreUnderTest) {
    let world = World::new(store);
    let organization = world.organization().await;
    let (_, key) = world.organizations().create_key(organization.id).await.unwrap();
    let holder = world.store.directory.key_holder(key.digest()).await.unwrap();
    assert_eq!(holder, Some(organization.id));
}

pub async fn an_unknown_key_has_no_holder(store: StoreUnderTest) {
    let world = World::new(store);
    world.organization().await;
    let unknown = ApiKey::from_random([9; 32]);
    assert_eq!(world.store.directory.key_holder(unknown.digest()).await.unwrap(), None);
}

pub async fn a_revoked_key_has_no_holder_and_keeps_its_first_moment(store: StoreUnderTest) {
    let world = World::new(store);
    let organization = world.organization().await;
    let (record, key) = world.organizations().create_key(organization.id).await.unwrap();
    let revoked_at = world.now();
    let revoked = world.organizations().revoke_key(record.id).await.unwrap().unwrap();
    assert_eq!(revoked.revoked_at, Some(revoked_at));
    assert_eq!(world.store.directory.key_holder(key.digest()).await.unwrap(), None);

    world.clock.advance(Duration::from_secs(60));
    let again = world.organizations().revoke_key(record.id).await.unwrap();
    assert_eq!(again, Some(revoked));
}

pub async fn revoking_an_unknown_key_is_none(store: StoreUnderTest) {
    let world = World::new(store);
    let revoked = world.organizations().revoke_key(ApiKeyId::new(Uuid::from_u128(7))).await.unwrap();
    assert_eq!(revoked, None);
}

pub async fn keys_are_listed_oldest_first_with_revoked_ones(store: StoreUnderTest) {
    let world = World::new(store);
    let organization = world.organization().await;
    let stranger = world.organization().await;
    world.clock.advance(Duration::from_secs(1));
    let (second, _) = world.organizations().create_key(organization.id).await.unwrap();
    let revoked = world.organizations().revoke_key(second.id).await.unwrap().unwrap();
    let keys = world.store.directory.api_keys(organization.id).await.unwrap();
    assert_eq!(keys.len(), 2, "the first comes with the organization");
    assert!(keys[0].created_at < keys[1].created_at);
    assert_eq!(keys[1], revoked);
    assert_eq!(world.store.directory.api_keys(stranger.id).await.unwrap().len(), 1);
}

pub async fn a_key_is_read_by_its_identifier_until_it_is_revoked(store: StoreUnderTest) {
    let world = World::new(store);
    let organization = world.organization().await;
    world.organization().await;
    let (record, _) = world.organizations().create_key(organization.id).await.unwrap();
    let directory = &world.store.directory;
    assert_eq!(directory.api_key(record.id).await.unwrap(), Some(record.clone()));
    assert_eq!(directory.api_key(ApiKeyId::new(Uuid::from_u128(7))).await.unwrap(), None);
    world.organizations().revoke_key(record.id).await.unwrap();
    assert_eq!(directory.api_key(record.id).await.unwrap(), None);
    let first = directory.api_keys(organization.id).await.unwrap().remove(0);
    assert_eq!(directory.api_key(first.id).await.unwrap(), Some(first));
}

pub async fn a_store_that_works_answers_a_ping(store: StoreUnderTest) {
    store.store.ping().await.unwrap();
}

pub async fn an_organization_of_ones_own_id_is_made_once_by_whoever_comes(store: StoreUnderTest) {
    let world = World::new(store);
    let id = OrganizationId::new(Uuid::from_u128(77));
    let name = || OrganizationName::parse("Shop").unwrap();
    let organizations = world.organizations();
    let ensured =
        futures_util::future::join_all((0..10).map(|_| organizations.ensure(id, name(), Plan::Free)));
    for organization in ensured.await {
        let organization = organization.unwrap();
        assert_eq!((organization.id, organization.plan), (id, Plan::Free.into()));
    }
    assert_eq!(organizations.ensure(id, name(), Plan::Growth).await.unwrap().plan, Plan::Growth);
    let all = organizations.list().await.unwrap();
    assert_eq!(
        all.into_iter().map(|one| (one.id, one.plan)).collect::<Vec<_>>(),
        [(id, Plan::Growth.into())]
    );
}
