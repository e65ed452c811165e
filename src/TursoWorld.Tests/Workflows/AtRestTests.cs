using System.Diagnostics;
using System.Text;
using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Contract;
using TursoWorld.Tests.Runtime;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>What whoever gets hold of the file can read in it, and what worlds with other keys can.</summary>
public sealed class AtRestTests() : CodecConformance(Backend.SqliteFile)
{
    [Fact]
    public async Task Without_codecs_every_secret_is_in_the_file()
    {
        await FilledAsync(_ => { });

        (await SecretsInFilesAsync()).Should().BeEquivalentTo(EveryPath.Secrets);
    }

    [Fact]
    public async Task With_encryption_no_secret_is_in_the_file_its_log_or_a_backup()
    {
        var world = await FilledAsync(options => options.Codecs = [PayloadCodecsTests.Aes("k1")]);
        await world.BackupAsync(Worlds.Path + ".backup", Limit);

        (await SecretsInFilesAsync()).Should().BeEmpty();
        (await world.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_parents_and_children_tell_each_other_is_encrypted_like_everything_else(bool isEncrypted)
    {
        var child = Workflow.Define<string, string>("child", (_, input) =>
            input == EveryPath.Secret("input") ? throw new ContinueAsNewException(EveryPath.Secret("payload")) :
            input == EveryPath.Secret("payload") ? Task.FromResult(EveryPath.Secret("output")) :
            throw new InvalidOperationException(EveryPath.Secret("error")));
        var parent = Workflow.Define<int, int>("parent", async (flow, _) =>
        {
            var length = (await flow.ChildAsync(child, EveryPath.Secret("input"))).Length;
            try
            {
                await flow.ChildAsync(child, "");
            }
            catch (ChildFailedException failure)
            {
                length += failure.Error!.Message.Length;
            }

            return length;
        });
        var world = await Worlds.StartAsync(
            options => options.Codecs = isEncrypted ? [PayloadCodecsTests.Aes("k1")] : [], parent, child);

        var run = await world.StartRunAsync(parent, 0, cancellationToken: Limit);

        (await ResultAsync(world, run)).Should().Be("SECRET-output-SECRETSECRET-error-SECRET".Length);
        string[] told = [.. new[] { "input", "output", "error", "payload" }.Select(EveryPath.Secret)];
        (await SecretsInFilesAsync()).Should().BeEquivalentTo(isEncrypted ? [] : told);
    }

    [Fact]
    public async Task Keys_are_rotated_while_runs_are_under_way()
    {
        var before = Worlds.CreateApart(options => options.Codecs = [PayloadCodecsTests.Aes("k1")], EveryPath.Code);
        await before.StartAsync(Limit);
        var transitions = Watch(before);
        var run = await before.StartRunAsync(EveryPath.Code, "in", cancellationToken: Limit);
        await transitions.NextAsync(TransitionKind.RunParked, run.RunId);
        await before.DisposeAsync();

        var after = await Worlds.StartAsync(options => options.Codecs = [PayloadCodecsTests.Aes("k2", "k1")], EveryPath.Code);
        await after.ResumeHookAsync("paths", "new", Limit);

        (await ResultAsync(after, after.GetRun<string>(run.RunId))).Should().EndWith(" new");
    }

    [Fact]
    public async Task Payloads_from_before_the_codecs_stay_readable()
    {
        await (await FilledAsync(_ => { })).DisposeAsync();
        var world = Worlds.Create(options => options.Codecs = [new CompressionCodec(), PayloadCodecsTests.Aes("k1")]);

        var read = await EveryPath.ReadAsync(world, Limit);

        EveryPath.Secrets.Should().AllSatisfy(secret => read.Should().Contain(secret));
    }

    [Fact]
    public async Task A_run_whose_key_is_missing_waits_for_it_and_says_so()
    {
        var owner = Worlds.Create(options => options.Codecs = [PayloadCodecsTests.Aes("k1")]);
        var run = await owner.StartRunAsync(EveryPath.Failing, 1, cancellationToken: Limit);
        var stranger = Worlds.CreateApart(options => options.Codecs = [PayloadCodecsTests.Aes("k2")], EveryPath.Failing);
        var transitions = Watch(stranger);
        await stranger.StartAsync(Limit);

        await transitions.NextAsync(TransitionKind.RunBlocked);

        var read = () => stranger.Runs.GetAsync(run.RunId, Limit);
        (await read.Should().ThrowAsync<PayloadCodecException>()).Which.KeyId.Should().Be("k1");
        var seen = await stranger.Runs.GetAsync(run.RunId, ResolveData.None, Limit);
        seen.BlockedReason.Should().Contain("'k1'");
        (await stranger.CheckIntegrityAsync(Limit)).Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task Who_waits_for_a_result_without_its_key_is_told_and_holds_up_nobody()
    {
        var waiting = Workflow.Define<string, string>("waiting", (flow, token) => flow.HookAsync<string>(token));
        var owner = await Worlds.StartAsync(options => options.Codecs = [PayloadCodecsTests.Aes("k1")], waiting);
        var transitions = Watch(owner);
        var secret = await owner.StartRunAsync(waiting, "secret", cancellationToken: Limit);
        await ParkedAsync(transitions, secret);
        var stranger = Worlds.CreateApart(options => options.Codecs = [PayloadCodecsTests.Aes("k2")]);
        var open = await stranger.RunningAsync();
        var secretResult = stranger.GetRun<string>(secret.RunId).ResultAsync(Limit);
        var openEnd = stranger.GetRun(open).WaitAsync(Limit);
        await owner.ResumeHookAsync("secret", "text", Limit);
        await ResultAsync(owner, secret);
        await owner.Events.CreateAsync(
            open, new WorkflowEventData.RunCompleted(null), new() { ResolveData = ResolveData.None }, Limit);

        // The clock that the other one looks by stands still: it sees both ends at once.
        Clock.Advance(TimeSpan.FromMilliseconds(40));

        await openEnd;
        var result = await FluentActions.Awaiting(() => secretResult).Should().ThrowAsync<PayloadCodecException>();
        result.Which.KeyId.Should().Be("k1");
    }

    [Fact]
    public async Task A_run_is_paused_and_cancelled_without_its_key()
    {
        var owner = Worlds.Create(options => options.Codecs = [PayloadCodecsTests.Aes("k1")]);
        var stranger = Worlds.CreateApart();
        var one = await owner.StartRunAsync(EveryPath.Failing, 1, cancellationToken: Limit);
        var two = await owner.StartRunAsync(EveryPath.Failing, 2, cancellationToken: Limit);

        await stranger.GetRun(one.RunId).PauseAsync(Limit);
        await stranger.GetRun(one.RunId).ResumeAsync(Limit);
        await stranger.GetRun(one.RunId).CancelAsync("enough", Limit);
        (await stranger.CancelRunsAsync(cancellationToken: Limit)).Should().Be(1);

        (await owner.Runs.ListAsync(cancellationToken: Limit)).Items.Should().AllSatisfy(run =>
            run.Status.Should().Be(RunStatus.Cancelled));
        (await FluentActions.Awaiting(() => two.WaitAsync(Limit)).Should().ThrowAsync<RunEndedException>())
            .Which.Code.Should().Be(ErrorCodes.RunCancelled);
    }

    [Fact]
    public async Task What_has_failed_is_listed_without_its_key_and_takes_no_events()
    {
        var owner = Worlds.Create(options => options.Codecs = [PayloadCodecsTests.Aes("k1")]);
        var stranger = Worlds.CreateApart(options => options.Codecs = [PayloadCodecsTests.Aes("k2")]);
        var runId = await owner.WithStepAsync("step_a");
        await owner.AddAsync(runId, new WorkflowEventData.StepStarted("step_a"));
        await owner.AddAsync(runId, new WorkflowEventData.StepFailed("step_a", Encoding.UTF8.GetBytes("of the step")));
        await owner.AddAsync(runId, new WorkflowEventData.RunFailed(Encoding.UTF8.GetBytes("of the run")));
        var without = new PageRequest { Data = ResolveData.None };

        var run = (await stranger.Runs.ListAsync(page: without, cancellationToken: Limit)).Items.Single();
        var step = (await stranger.Steps.ListAsync(runId, without, Limit)).Items.Single();

        (run.Status, run.ErrorCode, run.ErrorPayload).Should().Be((RunStatus.Failed, ErrorCodes.KeyUnknown, null));
        (step.Status, step.Error!.Code, step.ErrorPayload).Should().Be((StepStatus.Failed, ErrorCodes.KeyUnknown, null));
        step.Error.Message.Should().Contain("'k1'");
        var late = () => stranger.AddAsync(runId, new WorkflowEventData.StepCreated("step_b", "b", null));
        (await late.Should().ThrowAsync<ConflictException>()).Which.Code.Should().Be(ErrorCodes.EventConflict);
        var read = () => stranger.Runs.GetAsync(runId, Limit);
        await read.Should().ThrowAsync<PayloadCodecException>();
    }

    [Fact]
    public async Task An_event_that_cannot_be_shown_is_recorded_all_the_same()
    {
        var owner = Worlds.Create(options => options.Codecs = [PayloadCodecsTests.Aes("k1")]);
        var stranger = Worlds.Create(options => options.Codecs = [PayloadCodecsTests.Aes("k2")]);
        var runId = await owner.RunningAsync();
        var waiting = owner.GetRun(runId).WaitAsync(Limit);

        var end = () => stranger.AddAsync(runId, new WorkflowEventData.RunCompleted(null));

        (await end.Should().ThrowAsync<PayloadCodecException>()).Which.KeyId.Should().Be("k1");
        await waiting;
    }

    [Fact]
    public async Task Worlds_of_one_process_each_decode_with_what_they_have()
    {
        var owner = Worlds.Create(options => options.Codecs = [PayloadCodecsTests.Aes("k1")]);
        var stranger = Worlds.Create(options => options.Codecs = [PayloadCodecsTests.Aes("k2")]);
        await owner.Streams.WriteAsync(EveryPath.RunId, "out", "text", Limit);
        await owner.Streams.CloseAsync(EveryPath.RunId, "out", Limit);

        var mine = await owner.Streams.ReadAsync(EveryPath.RunId, "out", 0, cancellationToken: Limit).ToListAsync(Limit);
        var theirs = async () => await stranger.Streams.ReadAsync(EveryPath.RunId, "out", 0, cancellationToken: Limit).ToListAsync(Limit);

        Encoding.UTF8.GetString(mine.Single().Span).Should().Be("text");
        (await theirs.Should().ThrowAsync<PayloadCodecException>()).Which.KeyId.Should().Be("k1");
    }

    /// <summary>Those secrets that somebody with the files can read.</summary>
    /// <remarks>Read by another process: closing a file would take the locks away that SQLite has on it in this one.</remarks>
    private async Task<IReadOnlyList<string>> SecretsInFilesAsync()
    {
        var files = Directory.GetFiles(Path.GetDirectoryName(Worlds.Path)!)
            .Where(path => !path.Contains("-wrkr_", StringComparison.Ordinal))
            .ToList();
        files.Select(Path.GetExtension).Should().Contain(".db-wal");
        using var reader = Process.Start(new ProcessStartInfo("cat", files) { RedirectStandardOutput = true })!; // it is everywhere
        using var bytes = new MemoryStream();
        await reader.StandardOutput.BaseStream.CopyToAsync(bytes, Limit);
        await reader.WaitForExitAsync(Limit);
        reader.ExitCode.Should().Be(0);
        var all = Encoding.Latin1.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        return [.. EveryPath.Secrets.Where(secret => all.Contains(secret, StringComparison.Ordinal))];
    }
}
