using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Queue;
using TursoWorld.Sql;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>Plain messages on a database whose writes fail, or whose answers get lost.</summary>
public abstract class QueueFaultConformance(Backend backend) : WorkflowTests(backend)
{
    private int _handled;

    public static TheoryData<string> Failures => [ErrorCodes.DiskFull, ErrorCodes.OutcomeUnknown];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task What_became_of_a_message_is_written_again_after_an_error(string code)
    {
        var (world, database, transitions) = await StartAsync();
        database.BeforeUnit = Times(3, Completes, () => throw FaultyDatabase.Fault(code));

        var id = await world.QueueAsync("mail", default, null, Limit);
        await AdvanceUntilAsync(transitions.NextAsync(TransitionKind.MessageCompleted, id));

        _handled.Should().Be(1);
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_completion_that_was_written_without_an_answer_is_no_lost_lease()
    {
        var (world, database, transitions) = await StartAsync();
        database.AfterUnit = Times(1, Completes, () => throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown));

        var id = await world.QueueAsync("mail", default, null, Limit);
        await AdvanceUntilAsync(transitions.NextAsync(TransitionKind.MessageCompleted, id));

        _handled.Should().Be(1);
        transitions.Count(TransitionKind.LeaseLost, id).Should().Be(0);
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_failure_that_was_written_without_an_answer_is_counted_once()
    {
        var (world, database, transitions) = await StartAsync();
        database.AfterUnit = Times(
            1, unit => WrittenTurn.Has(unit, MessageSql.FailPlain), () => throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown));

        var id = await world.QueueAsync("bad", default, null, Limit);
        await AdvanceUntilAsync(transitions.NextAsync(TransitionKind.MessageDead, id));

        var dead = (await world.Queues.ListDeadAsync("bad", null, Limit)).Items.Should().ContainSingle().Subject;
        (dead.Attempt, dead.Failures).Should().Be((3, 3));
    }

    [Fact]
    public async Task After_ten_seconds_a_message_is_left_to_its_lease()
    {
        var (world, database, transitions) = await StartAsync();
        var attempts = 0;
        var given = new TaskCompletionSource();
        database.BeforeUnit = Times(8, Completes, () =>
        {
            if (++attempts == 8)
            {
                given.SetResult();
            }

            throw FaultyDatabase.Fault(ErrorCodes.DiskFull);
        });

        var id = await world.QueueAsync("mail", default, null, Limit);
        await AdvanceUntilAsync(given.Task);
        var next = await world.QueueAsync("mail", default, null, Limit);
        await transitions.NextAsync(TransitionKind.MessageCompleted, next);

        (await world.Queues.ListAsync(Limit)).Should().ContainSingle().Which.InFlight.Should().Be(1);
        transitions.Count(TransitionKind.MessageCompleted, id).Should().Be(0);
        _handled.Should().Be(2);
    }

    [Fact]
    public async Task An_exception_that_nobody_expects_does_not_end_the_deliveries()
    {
        var (world, database, transitions) = await StartAsync();
        var thrown = new TaskCompletionSource();
        database.BeforeUnit = Times(1, Completes, () =>
        {
            thrown.SetResult();
            throw new InvalidOperationException("Made by a test.");
        });
        await world.QueueAsync("mail", default, null, Limit);
        await thrown.Task.WaitAsync(Limit);

        var next = await world.QueueAsync("mail", default, null, Limit);

        await transitions.NextAsync(TransitionKind.MessageCompleted, next);
    }

    [Fact]
    public async Task A_message_that_was_stored_without_an_answer_is_handled_at_once()
    {
        var (world, database, transitions) = await StartAsync();
        database.AfterUnit = Times(
            1, unit => WrittenTurn.Has(unit, MessageSql.Send), () => throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown));

        var send = () => world.QueueAsync("mail", default, null, Limit);

        (await send.Should().ThrowAsync<StorageException>()).Which.Code.Should().Be(ErrorCodes.OutcomeUnknown);
        var completed = await transitions.NextAsync(TransitionKind.MessageCompleted);
        _handled.Should().Be(1);
        transitions.Count(TransitionKind.MessageClaimed, completed.Subject).Should().Be(1);
        (await world.Queues.ListAsync(Limit)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_message_that_was_not_stored_keeps_no_slot()
    {
        var (world, database, transitions) = await StartAsync();
        database.BeforeUnit = Times(
            1, unit => WrittenTurn.Has(unit, MessageSql.Send), () => throw FaultyDatabase.Fault(ErrorCodes.OutcomeUnknown));
        var send = () => world.QueueAsync("mail", default, null, Limit);
        await send.Should().ThrowAsync<StorageException>();

        var next = await world.QueueAsync("mail", default, null, Limit);

        await transitions.NextAsync(TransitionKind.MessageCompleted, next);
        _handled.Should().Be(1);
    }

    private static bool Completes(Unit unit) => WrittenTurn.Has(unit, MessageSql.Complete) || WrittenTurn.Has(unit, MessageSql.CompleteAll);

    private static Action<Unit> Times(int times, Func<Unit, bool> accepts, Action act) => unit =>
    {
        if (accepts(unit) && times-- > 0)
        {
            act();
        }
    };

    /// <summary>Lets every pause on the clock pass until something has happened.</summary>
    private async Task AdvanceUntilAsync(Task happened)
    {
        while (!happened.IsCompleted)
        {
            await Task.WhenAny(happened, Clock.SleeperAsync());
            Clock.Advance(TimeSpan.FromMilliseconds(happened.IsCompleted ? 0 : 5_000));
        }

        await happened;
    }

    private async Task<(World World, FaultyDatabase Database, Transitions Transitions)> StartAsync()
    {
        var world = Worlds.Create(options => options.Concurrency = 1);
        var database = await FaultyDatabase.InstallAsync(world);
        world.CreateQueueHandler("mail", (_, _) =>
        {
            Interlocked.Increment(ref _handled);
            return Task.FromResult(QueueResult.Done);
        });
        world.CreateQueueHandler("bad", (_, _) => throw new InvalidOperationException("broken"));
        await world.StartAsync(Limit);
        return (world, database, Watch(world));
    }
}

public sealed class SqliteFileQueueFaultTests() : QueueFaultConformance(Backend.SqliteFile);

public sealed class SqliteMemoryQueueFaultTests() : QueueFaultConformance(Backend.SqliteMemory);
