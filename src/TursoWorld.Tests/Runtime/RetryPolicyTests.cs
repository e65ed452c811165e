using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class RetryPolicyTests
{
    [Fact]
    public void No_retries_means_one_attempt() => RetryPolicy.None.MaxAttempts.Should().Be(1);

    [Fact]
    public void A_fixed_delay_stays_the_same()
    {
        var policy = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(7));

        Delays(policy, 3).Should().Equal(7, 7, 7);
        policy.MaxAttempts.Should().Be(3);
    }

    [Fact]
    public void A_linear_delay_grows_up_to_its_cap() =>
        Delays(RetryPolicy.Linear(9, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)), 4).Should().Equal(2, 4, 5, 5);

    [Fact]
    public void An_exponential_delay_doubles_up_to_its_cap() =>
        Delays(RetryPolicy.Exponential(9, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(6), jitter: 0), 5)
            .Should().Equal(1, 2, 4, 6, 6);

    [Fact]
    public void The_default_is_four_attempts_from_one_second_within_a_fifth()
    {
        RetryPolicy.Default.MaxAttempts.Should().Be(4);
        RetryPolicy.Default.DelayAfter(1, Extreme(0)).TotalSeconds.Should().BeApproximately(0.8, 1e-6);
        RetryPolicy.Default.DelayAfter(1, Extreme(1)).TotalSeconds.Should().BeApproximately(1.2, 1e-6);
        RetryPolicy.Default.DelayAfter(3, Extreme(0.5)).TotalSeconds.Should().BeApproximately(4, 1e-6);
        RetryPolicy.Default.DelayAfter(60, Extreme(0.5)).TotalSeconds.Should().BeApproximately(60, 1e-6);
    }

    [Fact]
    public void A_first_delay_above_the_usual_cap_is_not_cut()
    {
        var minutes = TimeSpan.FromMinutes(10);

        Delays(RetryPolicy.Exponential(8, minutes, jitter: 0), 3).Should().Equal(600, 600, 600);
        Delays(RetryPolicy.Linear(8, minutes), 2).Should().Equal(600, 600);
        Delays(RetryPolicy.Exponential(8, minutes, TimeSpan.FromMinutes(1), jitter: 0), 1).Should().Equal([60], "whoever names a cap means it");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2_000)]
    [InlineData(1_000_000)]
    [InlineData(int.MaxValue)]
    public void No_delay_overflows(int attempt)
    {
        var longest = TimeSpan.MaxValue;
        foreach (var policy in new[]
        {
            RetryPolicy.Fixed(int.MaxValue, longest),
            RetryPolicy.Linear(int.MaxValue, longest, longest),
            RetryPolicy.Exponential(int.MaxValue, longest, longest, jitter: 1),
            RetryPolicy.Exponential(int.MaxValue, longest),
        })
        {
            policy.DelayAfter(attempt, Extreme(1)).Should().Be(TimeSpan.FromDays(36_500));
        }

        RetryPolicy.Exponential(int.MaxValue, TimeSpan.Zero).DelayAfter(attempt, Extreme(1)).Should().Be(TimeSpan.Zero);
    }

    [Fact]
    public void Patience_lasts_for_more_than_an_hour() => Enumerable.Range(1, RetryPolicy.Patient.MaxAttempts - 1)
        .Sum(attempt => RetryPolicy.Patient.DelayAfter(attempt, Extreme(0)).TotalHours).Should().BeInRange(1, 2);

    [Fact]
    public void Jitter_stays_within_its_part_of_the_capped_delay()
    {
        var policy = RetryPolicy.Exponential(99, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), jitter: 0.5);
        var random = new Random(42);

        var delays = Enumerable.Range(0, 1_000).Select(_ => policy.DelayAfter(20, random).TotalSeconds).ToList();

        delays.Should().OnlyContain(delay => delay >= 5 && delay <= 15);
        delays.Max().Should().BeGreaterThan(14);
        delays.Min().Should().BeLessThan(6);
    }

    [Fact]
    public void A_delay_that_doubled_a_thousand_times_is_the_cap() =>
        RetryPolicy.Exponential(int.MaxValue, jitter: 0).DelayAfter(int.MaxValue, new Random(1))
            .Should().Be(TimeSpan.FromSeconds(60));

    [Fact]
    public void An_exception_that_is_named_is_final_and_so_are_those_derived_from_it()
    {
        var policy = RetryPolicy.Fixed(3, TimeSpan.Zero)
            .NotOn<ArgumentException>()
            .NotOn("System.IO.IOException")
            .NotOn<InvalidOperationException>(exception => exception.Message == "no");

        policy.IsFinal(new ArgumentException()).Should().BeTrue();
        policy.IsFinal(new ArgumentNullException()).Should().BeTrue();
        policy.IsFinal(new FileNotFoundException()).Should().BeTrue();
        policy.IsFinal(new InvalidOperationException("no")).Should().BeTrue();
        policy.IsFinal(new InvalidOperationException("perhaps")).Should().BeFalse();
        policy.IsFinal(new OperationCanceledException()).Should().BeFalse();
        policy.MaxAttempts.Should().Be(3);
    }

    [Fact]
    public void A_policy_is_not_changed_by_what_is_made_of_it()
    {
        _ = RetryPolicy.Default.NotOn<Exception>();

        RetryPolicy.Default.IsFinal(new ArgumentException()).Should().BeFalse();
    }

    [Fact]
    public void Arguments_out_of_range_are_refused()
    {
        Refused(() => RetryPolicy.Fixed(0, TimeSpan.Zero));
        Refused(() => RetryPolicy.Fixed(1, TimeSpan.FromTicks(-1)));
        Refused(() => RetryPolicy.Linear(1, TimeSpan.FromTicks(-1)));
        Refused(() => RetryPolicy.Linear(1, TimeSpan.Zero, TimeSpan.FromTicks(-1)));
        Refused(() => RetryPolicy.Exponential(0));
        Refused(() => RetryPolicy.Exponential(1, TimeSpan.FromTicks(-1)));
        Refused(() => RetryPolicy.Exponential(1, maxDelay: TimeSpan.FromTicks(-1)));
        Refused(() => RetryPolicy.Exponential(1, jitter: -0.1));
        Refused(() => RetryPolicy.Exponential(1, jitter: 1.1));
        Refused(() => RetryPolicy.Exponential(1, jitter: double.NaN));
    }

    private static List<double> Delays(RetryPolicy policy, int count) =>
        Enumerable.Range(1, count).Select(attempt => policy.DelayAfter(attempt, new Random(1)).TotalSeconds).ToList();

    private static void Refused(Func<RetryPolicy> make) => make.Should().Throw<ArgumentOutOfRangeException>();

    private static FixedRandom Extreme(double value) => new(value);

    private sealed class FixedRandom(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
