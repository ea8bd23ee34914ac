//! The list of all cases, and how each becomes a test of its own.

/// Makes every case of the suite a test of the store that `$store` makes: an
/// `async fn() -> Option<StoreUnderTest>`, where `None` means that this machine has no such store.
#[macro_export]
macro_rules! store_contract {
    ($store:path) => {
        $crate::store_contract_tests! {
            $store;
            organizations {
                an_organization_is_read_back_as_it_was_written,
                organizations_are_listed_oldest_first,
                an_organization_on_a_plan_of_ones_own_gets_what_it_allows,
                an_unknown_organization_is_none,
                a_plan_can_be_changed,
                an_organization_of_ones_own_id_is_made_once_by_whoever_comes,
                a_key_is_recognized_by_its_digest,
                an_unknown_key_has_no_holder,
                a_revoked_key_has_no_holder_and_keeps_its_first_moment,
                revoking_an_unknown_key_is_none,
                keys_are_listed_oldest_first_with_revoked_ones,
                a_key_is_read_by_its_identifier_until_it_is_revoked,
                a_store_that_works_answers_a_ping,
            }
            units_of_work {
                what_is_dropped_never_happened,
                what_is_committed_is_there_for_everybody,
                a_unit_of_work_sees_its_own_changes,
                the_store_works_on_after_a_dropped_unit_of_work,
                a_second_row_with_the_same_id_is_refused,
            }
            webhooks {
                a_webhook_is_read_back_as_it_was_written,
                events_keep_the_order_they_were_asked_for,
                webhooks_are_listed_oldest_first_with_disabled_and_without_deleted_ones,
                registration_facts_count_disabled_webhooks_and_not_deleted_ones,
                registration_facts_leave_out_the_webhook_that_is_being_changed,
                a_url_is_taken_in_any_spelling_and_only_in_its_organization,
                a_duplicate_url_that_slipped_past_the_rule_is_refused,
                a_change_to_a_taken_url_that_slipped_past_the_rule_is_refused,
                a_deleted_url_may_come_back_again_and_again,
                an_update_writes_url_events_and_activity,
                a_deleted_webhook_is_no_webhook_any_more,
            }
            rotation {
                both_secrets_sign_until_the_overlap_ends,
                an_overlap_of_nothing_ends_the_old_secret_at_once,
                a_second_rotation_within_an_overlap_keeps_one_predecessor,
                whoever_publishes_sees_both_secrets,
                a_rotation_changes_nothing_else_and_outlives_other_changes,
                secrets_that_are_unreadable_are_never_written,
                only_a_webhook_of_ones_own_can_be_rotated,
            }
            locked_secrets {
                a_secret_that_cannot_be_read_for_now_is_not_replaced_by_a_rotation,
                a_secret_that_cannot_be_read_for_now_is_not_renewed_as_if_it_were_lost,
                a_webhook_whose_secret_cannot_be_read_for_now_stays_as_it_is,
                what_happens_meanwhile_is_delivered_under_the_secret_that_it_was,
            }
            bookings {
                a_booking_is_read_back_as_it_was_written,
                overlapping_bookings_of_one_human_are_refused_and_back_to_back_ones_are_not,
                bookings_made_together_are_each_made_or_refused,
                bookings_that_come_together_are_each_made_once,
                a_long_booking_is_found_by_a_short_one_within_it,
                other_humans_and_other_organizations_do_not_stand_in_the_way,
                a_cancelled_booking_frees_its_slot,
                cancelling_twice_is_one_event,
                cancelling_what_is_not_there_is_none,
                bookings_are_listed_latest_start_first,
                pages_of_bookings_join_without_gap_or_repetition,
                bookings_are_filtered_by_human_status_and_start,
            }
            outbox {
                an_event_reaches_active_and_disabled_webhooks_and_no_deleted_other_or_foreign_ones,
                an_event_that_nobody_wants_makes_no_delivery,
                an_event_of_an_organization_that_is_not_there_is_refused_in_words,
                a_new_delivery_is_due_at_once,
                the_bytes_of_an_event_come_back_identical_at_every_attempt,
                any_bytes_can_be_a_payload,
                what_caused_an_event_comes_back_with_every_claim,
                a_delivery_may_repeat_another,
                an_event_for_very_many_webhooks_is_one_unit_of_work,
            }
            claiming {
                a_claim_brings_all_that_an_attempt_needs,
                nothing_is_claimed_twice_before_its_lease_ends,
                nothing_is_claimed_before_it_is_due,
                a_clock_that_went_back_claims_nothing,
                a_claim_takes_no_more_than_there_is_room_for,
                the_oldest_due_comes_first,
                no_webhook_gets_more_than_its_share,
                a_full_webhook_does_not_stand_in_the_way_of_others,
                two_claimers_never_share,
                a_released_claim_is_due_again_as_if_never_taken,
                a_stale_release_is_passed_over,
                a_release_is_held_or_cancelled_if_its_webhook_changed_meanwhile,
                the_next_due_moment_is_the_first_later_one,
                what_is_held_or_final_is_never_due,
                a_commit_wakes_whoever_waits,
            }
            settling {
                a_success_is_final,
                three_failures_follow_the_schedule_and_the_third_is_final,
                a_token_that_is_not_the_claims_changes_nothing_and_is_reported,
                settling_again_changes_nothing,
                a_batch_is_settled_as_one_with_stale_ones_passed_over,
                a_batch_of_a_thousand_is_settled,
                an_empty_batch_is_nothing,
                a_receiver_that_is_gone_disables_its_webhook_and_holds_what_waits,
                a_batch_with_a_gone_holds_the_retries_beside_it,
                a_gone_of_a_webhook_that_is_disabled_already_keeps_its_reason,
                a_retry_is_held_if_its_webhook_was_disabled_meanwhile,
                a_retry_is_cancelled_if_its_webhook_was_deleted_meanwhile,
                a_success_counts_although_its_webhook_was_deleted_meanwhile,
                whatever_a_receiver_answers_is_recorded_byte_for_byte,
                every_outcome_is_recorded,
                what_is_known_of_an_attempts_exchange_is_recorded,
                an_error_text_that_a_store_cannot_hold_does_not_keep_the_outcome_from_being_recorded,
            }
            health {
                attempts_count_in_the_hour_in_which_they_ended,
                batches_of_one_hour_add_up,
                an_hour_knows_how_long_its_attempts_took,
                a_success_ends_the_streak_of_its_hour,
                an_outcome_that_came_too_late_does_not_count,
                a_lost_attempt_counts_as_a_failure,
                webhooks_of_one_batch_count_apart,
                the_oldest_pending_delivery_is_the_one_made_first,
                another_organization_reads_no_history,
                a_webhook_that_fails_for_long_enough_is_disabled_and_what_waits_is_held,
                a_webhook_that_hears_of_little_is_disabled_after_enough_deliveries,
                a_success_in_between_keeps_a_webhook_from_being_disabled,
                few_deliveries_disable_nothing_however_long_they_fail,
                without_a_rule_nothing_is_disabled,
                whoever_disabled_a_webhook_first_gives_the_reason,
                enabling_begins_a_fresh_streak,
                another_url_begins_a_fresh_streak,
                outcomes_recorded_side_by_side_are_all_counted,
            }
            overview {
                an_organizations_hours_are_the_sums_of_its_webhooks,
                what_deleted_webhooks_did_is_not_in_an_organizations_hours,
                the_webhooks_that_failed_most_come_first,
                several_histories_are_as_each_alone,
                very_many_histories_are_read_too,
            }
            news {
                a_third_failure_is_told_in_the_same_step,
                nobody_is_told_who_did_not_ask,
                a_receiver_that_is_gone_is_told_as_a_failure_and_a_disabling,
                a_webhook_that_failed_for_too_long_is_told,
                disabling_on_request_is_not_told,
                news_that_cannot_be_delivered_is_no_news,
                a_listener_that_is_gone_is_told_to_the_others_as_a_disabling_alone,
                a_listener_that_fails_in_news_alone_for_too_long_is_told_to_the_others,
                listeners_that_are_all_gone_come_to_rest,
                a_test_that_fails_is_not_told_but_a_disabling_for_it_is,
                a_delivery_that_is_lost_for_the_last_time_is_told_by_the_claim,
                a_listener_that_is_disabled_finds_its_news_when_it_is_enabled,
                a_webhook_is_told_of_its_own_failure_but_not_of_its_own_end,
                a_stale_failure_is_not_told,
                news_wakes_whoever_waits,
            }
            leases {
                an_outcome_that_comes_after_its_lease_was_taken_over_changes_nothing,
                an_outcome_that_comes_late_but_before_anybody_else_counts,
                a_stale_gone_disables_nothing,
                an_expired_lease_repeats_the_same_attempt,
                three_lost_leases_are_a_lost_attempt_and_a_retry_follows,
                the_retry_of_a_lost_attempt_has_its_own_jitter_and_is_never_early,
                a_delivery_that_is_only_ever_lost_fails_in_the_end,
                a_lost_attempt_is_told_once_with_what_its_delivery_has_come_to,
                a_recorded_outcome_ends_the_row_of_losses,
            }
            taking_over {
                what_a_dead_instance_held_is_due_at_once_as_the_same_attempt,
                only_the_dead_lose_what_they_hold,
                an_outcome_that_comes_before_anybody_takes_over_counts,
                what_is_lost_with_three_instances_in_a_row_is_a_failed_attempt,
                a_lease_that_has_not_begun_yet_is_left_to_its_end,
            }
            waiting {
                holding_moves_what_is_pending_and_nothing_else,
                resuming_makes_what_is_held_due_at_once,
                discarding_cancels_what_is_held_and_not_what_is_pending,
                cancelling_ends_what_is_pending_or_held,
                other_webhooks_are_left_alone,
                disabling_holds_and_enabling_delivers,
                a_webhook_is_active_until_it_is_disabled_or_deleted,
                enabling_may_discard_what_was_held,
                deleting_cancels_what_waits,
                a_lost_claim_of_a_disabled_or_deleted_webhook_is_withdrawn,
                a_retry_goes_to_the_url_the_webhook_has_by_then,
            }
            log {
                deliveries_are_listed_newest_first,
                a_delivery_is_listed_as_it_is_shown_alone,
                pages_join_without_gap_or_repetition_while_rows_arrive,
                a_page_says_whether_there_are_more,
                deliveries_are_filtered_by_webhook_status_event_booking_and_time,
                filtered_pages_join_too,
                a_count_goes_no_further_than_its_limit,
                the_log_outlives_the_webhook,
                an_unknown_delivery_is_none,
            }
            listing {
                any_filters_find_what_they_name_at_every_step,
                pages_join_over_all_that_has_become_of_deliveries,
            }
            idempotency {
                an_answer_is_kept_as_it_was_given,
                an_answer_is_there_for_others_when_it_is_committed,
                a_dropped_unit_of_work_keeps_no_answer_and_no_change,
                a_second_answer_under_a_key_is_refused_with_the_first,
                keys_of_two_organizations_have_nothing_in_common,
                an_expired_answer_is_replaced,
                the_same_request_again_gets_the_first_answer,
                another_request_under_the_key_is_a_conflict,
                a_refusal_is_repeated_although_it_would_work_now,
                of_ten_parallel_equal_requests_one_is_carried_out_and_all_get_its_answer,
                of_ten_parallel_different_requests_under_one_key_one_is_carried_out,
            }
            retention {
                what_was_final_before_the_cutoff_goes_with_its_attempts,
                what_is_not_final_stays_however_old,
                what_became_final_at_the_cutoff_or_later_stays,
                an_event_stays_for_whoever_is_about_to_repeat_a_delivery_of_it,
                a_delivery_that_is_being_repeated_stays_until_its_repetition_is_final,
                an_event_goes_when_no_delivery_is_left_and_it_is_old,
                bookings_webhooks_and_organizations_stay,
                a_walk_in_batches_meets_everything_once,
                expired_answers_go_oldest_first_and_others_stay,
                old_hours_go_oldest_first_and_later_ones_stay,
                finished_replays_go_and_unfinished_ones_stay,
                several_may_remove_at_once_while_others_publish_and_deliver,
            }
            backlog {
                an_empty_store_has_no_backlog,
                the_backlog_counts_what_is_not_at_its_end,
                the_oldest_due_delivery_is_due_since_its_moment_came,
                a_claim_whose_lease_has_ended_is_due_again_since_then,
            }
            events {
                events_are_listed_newest_first_wanted_or_not,
                an_event_is_shown_with_its_payload_and_its_deliveries,
                deliveries_are_counted_by_status,
                events_are_filtered_by_type_booking_and_time,
                pages_of_events_join_without_gap_or_repetition_while_rows_arrive,
                rows_of_one_moment_are_told_apart_by_their_ids,
                a_clock_that_went_back_changes_no_page,
                another_organizations_events_are_not_there,
            }
            repeating {
                a_retry_is_a_new_delivery_of_the_same_event_that_names_the_old_one,
                what_is_not_final_is_not_retried,
                a_retry_is_held_for_a_disabled_webhook_and_refused_for_a_deleted_one,
                an_unknown_or_foreign_delivery_is_not_retried,
                a_retry_can_be_retried,
                a_retry_wakes_whoever_waits,
                a_delivery_of_no_event_is_refused,
                a_test_reaches_one_webhook_whatever_it_subscribes_to,
                a_test_has_one_attempt_even_if_that_is_lost,
                a_test_is_held_for_a_disabled_webhook,
                a_foreign_or_deleted_webhook_is_not_tested,
            }
            outbox_table {
                a_row_becomes_the_event_that_it_asks_for_once,
                a_row_that_was_never_committed_is_none,
                a_row_that_is_no_event_is_set_aside_with_its_reason_and_in_nobodys_way,
                refused_rows_are_listed_page_by_page,
                a_row_that_was_set_aside_can_be_tried_again,
                more_rows_than_a_batch_become_events_in_one_pass,
                relays_side_by_side_make_one_event_of_each_row,
            }
            replaying {
                a_replay_takes_what_its_latest_delivery_says,
                a_replay_takes_its_span_and_nothing_beside_it,
                tests_and_other_webhooks_are_not_replayed,
                a_replayed_delivery_names_the_one_that_it_repeats,
                what_ends_after_a_replay_was_accepted_is_not_part_of_it,
                a_dry_run_counts_the_same_and_keeps_nothing,
                a_long_replay_is_made_in_batches_and_goes_on_after_a_restart,
                no_batch_is_made_while_many_deliveries_wait,
                a_long_way_without_anything_to_send_is_gone_in_stretches,
                several_replayers_make_each_delivery_once,
                deleting_the_webhook_ends_its_replays,
                a_replay_for_a_disabled_webhook_is_held,
                two_replays_go_on_side_by_side,
                replays_that_cannot_go_on_do_not_hold_up_another_organizations,
                a_page_of_unfinished_replays_begins_behind_the_last_one,
                a_foreign_or_unknown_webhook_is_not_replayed,
                a_dropped_batch_never_happened,
            }
            tenancy {
                another_organization_reads_nothing_of_it,
                another_organization_learns_nothing_of_how_its_webhooks_fare,
                another_organization_locks_and_changes_nothing_of_it,
                a_cursor_from_another_organization_shows_nothing_of_it,
            }
            concurrency {
                the_plans_limit_holds_under_ten_parallel_registrations,
                of_ten_parallel_registrations_of_one_url_exactly_one_succeeds,
                of_parallel_changes_to_one_url_exactly_one_succeeds,
                of_fifty_parallel_bookings_of_one_slot_exactly_one_succeeds,
                parallel_bookings_of_different_slots_all_succeed,
                ten_parallel_cancellations_are_one_event,
                nothing_waits_for_a_webhook_deleted_while_events_are_published,
                every_event_is_held_or_claimed_while_a_webhook_is_disabled,
                a_claim_is_settled_once_although_two_settle_it_at_once,
                bookings_claims_and_settlements_run_side_by_side,
            }
        }
    };
}

/// What [`store_contract!`] is made of.
#[doc(hidden)]
#[macro_export]
macro_rules! store_contract_tests {
    ($store:path; $($topic:ident { $($case:ident,)+ })+) => {
        $(
            mod $topic {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        if let Some(store) = $store().await {
                            $crate::store_contract::$topic::$case(store).await;
                        }
                    }
                )+
            }
        )+
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_is_listed() {
        let list = include_str!("cases.rs");
        let topics = [
            include_str!("organizations.rs"),
            include_str!("units_of_work.rs"),
            include_str!("webhooks.rs"),
            include_str!("rotation.rs"),
            include_str!("locked_secrets.rs"),
            include_str!("bookings.rs"),
            include_str!("outbox.rs"),
            include_str!("claiming.rs"),
            include_str!("settling.rs"),
            include_str!("health.rs"),
            include_str!("overview.rs"),
            include_str!("news.rs"),
            include_str!("leases.rs"),
            include_str!("taking_over.rs"),
            include_str!("waiting.rs"),
            include_str!("log.rs"),
            include_str!("listing.rs"),
            include_str!("idempotency.rs"),
            include_str!("retention.rs"),
            include_str!("backlog.rs"),
            include_str!("events.rs"),
            include_str!("repeating.rs"),
            include_str!("replaying.rs"),
            include_str!("tenancy.rs"),
            include_str!("concurrency.rs"),
        ];
        let mut cases = 0;
        for line in topics.into_iter().flat_map(str::lines) {
            if let Some(rest) = line.strip_prefix("pub async fn ") {
                let name = rest.split('(').next().unwrap();
                assert!(list.contains(&format!(" {name},\n")), "{name} is not in the list");
                cases += 1;
            }
        }
        assert!(cases > 100, "the search itself works: {cases}");
    }
}
