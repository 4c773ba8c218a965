//! The contract of [`Frontier`](crate::Frontier) and [`Control`](crate::Control), a function a
//! sentence.
//!
//! Each function is named after the sentence it holds a frontier to, and panics where it is broken.
//! [`conformance_suite!`](crate::conformance_suite) makes a test of each; a backend or a decorator
//! brings a [`Harness`].

mod bench;
mod caps;
mod clock;
mod commands;
mod directives;
mod figures;
mod fleet;
mod leases;
mod moving;
mod order;
mod seeds;
mod settings;
mod urls;
mod whole;

pub use bench::{Bench, Harness, run};
pub use caps::*;
pub use clock::TestClock;
pub use commands::*;
pub use directives::*;
pub use figures::*;
pub use fleet::*;
pub use leases::*;
pub use moving::*;
pub use order::*;
pub use seeds::*;
pub use settings::*;
pub use urls::*;
pub use whole::{all_of, in_order};

/// Makes a test of each sentence of the contract. The expression makes a new
/// [`Harness`] for each of them.
#[macro_export]
macro_rules! conformance_suite {
    ($harness:expr) => {
        $crate::conformance_suite! { @each $harness;
            a_host_is_leased_by_at_most_one
            concurrent_leases_never_share_a_host
            the_fence_grows_by_one_with_each_lease
            another_fence_is_refused_as_stale
            a_lease_of_a_host_never_leased_is_stale
            a_lease_ends_at_its_deadline
            a_lease_is_settled_once
            a_stale_settle_changes_nothing
            an_abandoned_lease_heals_at_its_deadline_plus_the_delay
            an_abandoned_first_lease_heals_by_the_first_delay
            urls_of_an_abandoned_lease_return_to_the_head_in_their_order
            extend_moves_the_deadline_and_the_healing
            extend_stores_delay_state_and_robots
            a_delay_raised_during_a_lease_holds_at_once
            a_healing_lease_cannot_be_extended
            urls_without_a_verdict_return_to_the_head_in_their_order
            settle_stores_delay_state_and_robots
            the_time_of_a_host_outlives_its_urls
            a_host_is_leased_by_name
            an_unknown_host_is_leased_by_name
            a_leased_host_is_busy_until_it_heals
            a_resting_host_is_busy_until_it_is_ready
            a_lease_may_have_no_urls
            an_unknown_url_is_added_once
            a_url_is_known_for_ever
            a_new_host_is_ready_at_once
            links_go_to_their_hosts
            again_waits_for_its_time_and_keeps_its_entry
            an_entry_put_aside_stays_known
            due_entries_come_by_time_then_by_fingerprint
            due_entries_come_after_what_is_pending
            a_lease_moves_a_bounded_number_of_due_entries
            a_failed_seed_given_again_is_due_at_once
            backfill_offered_as_an_article_moves_up
            hosts_with_something_fresh_are_told
            a_known_url_is_otherwise_left_alone
            verdicts_on_other_urls_are_ignored
            a_verdict_with_another_url_is_refused_whole
            bands_take_turns_and_an_empty_one_passes
            the_turn_is_kept_from_lease_to_lease
            one_draw_in_four_prefers_backfill
            the_other_lane_is_taken_when_none_is_ready_in_the_preferred
            leases_by_name_do_not_count_as_draws
            the_host_that_has_been_ready_longest_comes_first
            equally_ready_hosts_come_by_name
            a_host_with_only_due_urls_is_ready_when_the_first_is_due
            a_host_is_in_the_lane_of_what_is_in_flight
            idle_tells_when_the_next_host_is_ready
            idle_counts_the_leases_in_force
            figures_tell_where_the_frontier_stands
            a_seed_given_again_is_replaced
            seeds_are_listed_by_name
            a_settlement_tells_what_came_of_a_seed
            removing_the_last_seed_drops_what_waits
            a_removed_seed_leaves_what_is_in_flight
            a_lease_brings_the_terms_and_the_account_of_its_outlet
            unknown_urls_are_told
            the_first_claim_holds
            the_hubs_of_an_outlet_are_listed
            the_place_of_a_url_is_told
            robots_copies_are_kept_and_age
            a_lease_brings_the_robots_copies_of_all_origins_of_the_host
            the_scope_grows
            notes_are_kept
            steps_of_the_wall_clock_change_nothing
            a_directive_is_kept_as_it_was_given
            one_directive_of_a_kind_holds_about_a_name
            directives_are_told_by_name_and_kind
            a_directive_ends_with_its_time
            a_held_host_is_not_leased
            a_lifted_hold_leaves_the_other
            an_override_holds_nobody_back
            hosts_heard_of_later_are_held
            a_lease_in_force_outlives_a_hold
            a_hold_shortens_no_rest
            lifting_a_hold_brings_no_host_forward
            a_hold_for_good_lasts_a_century
            each_change_of_a_directive_is_counted
            a_lease_brings_the_directives_in_force
            an_outlet_has_at_most_so_many_leases
            an_outlet_may_always_have_one_lease
            an_abandoned_lease_counts_until_it_has_healed
            a_resting_host_does_not_count_for_its_outlet
            a_host_passed_over_counts_as_ready
            a_host_that_waits_for_its_outlet_is_busy_for_a_second
            hosts_passed_over_hide_no_others
            an_address_gives_at_most_so_many_tokens
            an_address_token_ends_with_its_time
            an_address_token_is_given_back
            a_lease_takes_one_token_of_an_address
            the_last_beat_of_each_worker_is_told
            a_service_of_stories_beats_and_is_no_worker
            what_has_changed_is_told_without_a_beat
            a_worker_is_forgotten_after_a_day
            changes_of_the_scope_are_counted
            requeue_makes_due_what_is_put_aside
            requeue_brings_no_host_forward
            revisit_takes_settled_urls_in_again
            revisit_leaves_what_waits_alone
            revisit_hastens_a_failed_seed
            purge_drops_what_waits_and_forgets_it
            purge_leaves_what_is_in_flight
            a_purge_counts_as_a_change
            hosts_are_listed_by_name
            a_row_tells_where_a_host_stands
            a_dump_holds_all_that_is_kept
            a_dump_is_whole_in_pieces_of_any_size
            a_load_that_broke_off_is_begun_again
            what_is_loaded_is_leased_again_in_order
            a_loaded_url_stays_known
            a_loaded_host_comes_no_sooner
            a_loaded_host_keeps_its_delay
            a_load_leaves_what_was_learnt_of_a_host
            a_load_ends_no_lease
            a_load_takes_back_no_directive
            a_newer_robots_copy_outlives_a_load
            a_loaded_time_stays_on_the_scale
            a_record_that_is_not_in_order_is_refused
            what_is_in_flight_is_dumped_as_waiting
            a_url_that_moved_up_is_dumped_once
        }
    };
    (@each $harness:expr; $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::conformance::run($harness, $crate::conformance::$name);
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    /// A sentence without its test would be a promise that nobody keeps.
    #[test]
    fn the_suite_names_every_sentence() {
        let suite = include_str!("mod.rs");
        let sources = [
            include_str!("caps.rs"),
            include_str!("commands.rs"),
            include_str!("directives.rs"),
            include_str!("figures.rs"),
            include_str!("fleet.rs"),
            include_str!("leases.rs"),
            include_str!("moving.rs"),
            include_str!("order.rs"),
            include_str!("seeds.rs"),
            include_str!("settings.rs"),
            include_str!("urls.rs"),
        ];
        let lines = sources.iter().flat_map(|source| source.lines());
        let names = lines.filter_map(|l| l.strip_prefix("pub async fn ")?.split(['<', '(']).next());
        let missing: Vec<&str> =
            names.filter(|name| !suite.contains(&format!("            {name}\n"))).collect();
        assert_eq!(missing, [""; 0]);
    }
}
