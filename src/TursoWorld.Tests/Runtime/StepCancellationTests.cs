using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Runtime;
using Xunit;

namespace TursoWorld.Tests.Runtime;

public sealed class StepCancellationTests
{
    private readonly StepCancellation _cancellation = new(new WorldDiagnostics(NullLoggerFactory.Instance));

    [Fact]
    public async Task A_token_that_was_asked_for_fires()
    {
        var token = _cancellation.Token;
        var fired = new TaskCompletionSource<CancellationCause>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = token.Register(() => fired.SetResult(_cancellation.Cause));

        _cancellation.Cancel(CancellationCause.Timeout).Should().BeTrue();

        (await fired.Task.WaitAsync(TestContext.Current.CancellationToken)).Should().Be(CancellationCause.Timeout);
        _cancellation.Token.Should().Be(token);
    }

    [Fact]
    public void A_token_that_is_asked_for_late_has_fired()
    {
        _cancellation.Cancel(CancellationCause.LeaseLost);
        _cancellation.Cancel(CancellationCause.Shutdown).Should().BeFalse("the first cause stays");

        _cancellation.Token.IsCancellationRequested.Should().BeTrue();
        _cancellation.Cause.Should().Be(CancellationCause.LeaseLost);
    }

    [Fact]
    public async Task A_token_that_is_asked_for_while_the_step_is_cancelled_fires()
    {
        for (var i = 0; i < 200; i++)
        {
            var cancellation = new StepCancellation(new WorldDiagnostics(NullLoggerFactory.Instance));
            var cancelling = Task.Run(() => cancellation.Cancel(CancellationCause.StepCancelled), TestContext.Current.CancellationToken);

            var token = cancellation.Token;

            await cancelling;
            token.IsCancellationRequested.Should().BeTrue();
        }
    }
}
