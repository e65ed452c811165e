using FluentAssertions;
using TursoWorld.Diagnostics;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

public abstract class BackupConformance(Backend backend) : WorkflowTests(backend)
{
    private static readonly WorkflowDefinition<string, string> Waiting = Workflow.Define<string, string>(
        "waiting", async (flow, token) =>
        {
            var first = await flow.StepAsync("first", _ => Task.FromResult("first"));
            return $"{first} {await flow.HookAsync<string>(token)}";
        });

    private static readonly WorkflowDefinition<int, int> Echo = Workflow.Define<int, int>(
        "echo", (flow, input) => flow.StepAsync("echo", _ => Task.FromResult(input)));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");

    private string Copy => At("copy.db");

    [Fact]
    public async Task A_restored_backup_goes_on_with_its_runs()
    {
        var (world, run) = await ParkedRunAsync();
        await world.BackupAsync(Copy, Limit);
        await world.ResumeHookAsync("token", "original", Limit);
        await ResultAsync(world, run);

        await WorldFactory.RestoreAsync(Copy, $"file:{At("restored.db")}", Limit);

        var restored = await OpenAsync("restored.db");
        (await restored.Runs.GetAsync(run.RunId, Limit)).Status.Should().Be(RunStatus.Running);
        await restored.ResumeHookAsync("token", "restored", Limit);
        (await ResultAsync(restored, restored.GetRun<string>(run.RunId))).Should().Be("first restored");
        await restored.ShouldBeSoundAsync();
        _folder.EnumerateFiles("*.partial*").Should().BeEmpty();
    }

    [Fact]
    public async Task A_run_that_was_being_executed_goes_on_at_once_in_the_copy()
    {
        using var hold = new SemaphoreSlim(0);
        var begun = new TaskCompletionSource();
        var isHeld = true;
        var holding = Workflow.Define<int, int>("holding", (flow, input) => flow.StepAsync("hold", async step =>
        {
            begun.TrySetResult();
            await (Volatile.Read(ref isHeld) ? hold.WaitAsync(step.CancellationToken) : Task.CompletedTask);
            return input + step.Attempt;
        }, new() { Retry = RetryPolicy.Fixed(4, TimeSpan.Zero) }));
        var world = await Worlds.StartAsync(holding);
        var run = await world.StartRunAsync(holding, 40, cancellationToken: Limit);
        await begun.Task.WaitAsync(Limit);

        await world.BackupAsync(Copy, Limit);

        Volatile.Write(ref isHeld, false);
        await WorldFactory.RestoreAsync(Copy, $"file:{At("restored.db")}", Limit);
        var restored = await OpenAsync("restored.db", holding);
        (await ResultAsync(restored, restored.GetRun<int>(run.RunId))).Should().Be(42, "the attempt in the original counts");
        hold.Release();
        (await ResultAsync(world, run)).Should().Be(41);
    }

    [Fact]
    public async Task A_backup_is_for_no_more_eyes_than_its_source()
    {
        var world = await Worlds.StartAsync(Echo);
        await ResultAsync(world, await world.StartRunAsync(Echo, 1, cancellationToken: Limit));
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (OperatingSystem.IsWindows() || !File.Exists(Worlds.Path))
        {
            return; // files have no mode there, and memory is no file
        }

        File.SetUnixFileMode(Worlds.Path, OwnerOnly);

        await world.BackupAsync(Copy, Limit);

        File.GetUnixFileMode(Copy).Should().Be(OwnerOnly);
    }

    [Fact]
    public async Task A_backup_is_one_consistent_file_while_others_write()
    {
        var world = await Worlds.StartAsync(Echo);
        var runs = Enumerable.Range(0, 300).Select(async i => await ResultAsync(
            world, await world.StartRunAsync(Echo, i, cancellationToken: Limit))).ToList();

        await world.BackupAsync(At("1.db"), Limit);
        await world.BackupAsync(At("2.db"), Limit);
        await Task.WhenAll(runs);
        await world.BackupAsync(At("3.db"), Limit);

        _folder.EnumerateFiles().Select(file => file.Name).Should().BeEquivalentTo("1.db", "2.db", "3.db");
        foreach (var name in new[] { "1.db", "2.db", "3.db" })
        {
            await (await OpenAsync(name)).ShouldBeSoundAsync();
        }

        var last = await OpenAsync("3.db");
        (await last.Runs.CountAsync(Limit)).Where(count => count.Value > 0).Should().Equal(new Dictionary<RunStatus, long> { [RunStatus.Completed] = 300 });
    }

    [Fact]
    public async Task Both_take_a_path_or_a_URL_of_a_file()
    {
        var world = Worlds.Create();
        await world.BackupAsync($"file:{At("by%20url.db")}", Limit);
        File.Exists(At("by url.db")).Should().BeTrue();
        await WorldFactory.RestoreAsync($"file:{At("by%20url.db")}", At("by path.db"), Limit);
        File.Exists(At("by path.db")).Should().BeTrue();

        foreach (var url in new[] { ":memory:", "libsql://example.org", "file:" })
        {
            await world.Invoking(it => it.BackupAsync(url, Limit)).Should().ThrowAsync<InvalidOptionsException>();
            await world.Invoking(_ => WorldFactory.RestoreAsync(url, At("no.db"), Limit)).Should().ThrowAsync<InvalidOptionsException>();
        }
    }

    [Fact]
    public async Task A_file_that_exists_is_not_overwritten()
    {
        var (world, _) = await ParkedRunAsync();
        await File.WriteAllTextAsync(Copy, "mine", Limit);

        var backup = () => world.BackupAsync(Copy, Limit);

        (await backup.Should().ThrowAsync<ConflictException>()).Which.Code.Should().Be(ErrorCodes.FileExists);
        (await File.ReadAllTextAsync(Copy, Limit)).Should().Be("mine");
    }

    [Fact]
    public async Task A_folder_that_does_not_exist_gives_a_typed_error()
    {
        var (world, _) = await ParkedRunAsync();

        var backup = () => world.BackupAsync(At("nowhere/copy.db"), Limit);

        var failure = (await backup.Should().ThrowAsync<StorageException>()).Which;
        failure.Code.Should().Be(ErrorCodes.DatabaseUnavailable);
        failure.Message.Should().Contain($"'{At("nowhere/copy.db")}'").And.NotContain(".partial");
    }

    [Fact]
    public async Task A_database_in_use_is_neither_the_target_of_its_backup_nor_of_a_restore()
    {
        var (world, _) = await ParkedRunAsync();
        await world.BackupAsync(Copy, Limit);
        await WorldFactory.RestoreAsync(Copy, $"file:{At("live.db")}", Limit);
        var live = await OpenAsync("live.db");

        Func<Task>[] attempts =
        [
            () => live.BackupAsync(At("live.db"), Limit),
            () => live.BackupAsync(At("live.db-wal"), Limit),
            () => live.BackupAsync(At("live.db-journal"), Limit),
            () => WorldFactory.RestoreAsync(Copy, $"file:{At("live.db")}", Limit),
        ];

        foreach (var attempt in attempts)
        {
            (await attempt.Should().ThrowAsync<ConflictException>()).Which.Code.Should().Be(ErrorCodes.FileExists);
        }

        File.Exists(At("live.db-journal")).Should().BeFalse();
        (await live.Runs.CountAsync(Limit)).Where(count => count.Value > 0).Should().Equal(new Dictionary<RunStatus, long> { [RunStatus.Running] = 1 });
        await live.ShouldBeSoundAsync();
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public async Task A_backup_that_was_cut_off_is_refused(double part)
    {
        var (world, _) = await ParkedRunAsync();
        await world.BackupAsync(Copy, Limit);
        using (var file = new FileStream(Copy, FileMode.Open))
        {
            file.SetLength((long)(file.Length * part) / 4_096 * 4_096);
        }

        var restore = () => WorldFactory.RestoreAsync(Copy, $"file:{At("restored.db")}", Limit);

        var failure = (await restore.Should().ThrowAsync<StorageException>()).Which;
        failure.Code.Should().Be(ErrorCodes.DatabaseCorrupt);
        failure.Message.Should().Contain($"'{Copy}'").And.NotContain(".partial");
        _folder.EnumerateFiles().Should().ContainSingle(file => file.Name == "copy.db");
    }

    [Fact]
    public async Task A_backup_that_is_cancelled_leaves_nothing()
    {
        var (world, _) = await ParkedRunAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Limit);
        world.Shared.Diagnostics.Happened += transition =>
        {
            if (transition.Kind == TransitionKind.CopyStepped)
            {
                cancel.Cancel();
            }
        };

        var backup = () => world.BackupAsync(Copy, cancel.Token);

        await backup.Should().ThrowAsync<OperationCanceledException>();
        _folder.EnumerateFiles().Should().BeEmpty();
    }

    [Fact]
    public async Task A_database_is_not_overwritten_by_a_backup()
    {
        var (world, _) = await ParkedRunAsync();
        await world.BackupAsync(Copy, Limit);
        await world.BackupAsync(At("other.db"), Limit);

        var restore = () => WorldFactory.RestoreAsync(Copy, $"file:{At("other.db")}", Limit);

        (await restore.Should().ThrowAsync<ConflictException>()).Which.Code.Should().Be(ErrorCodes.FileExists);
    }

    [Fact]
    public async Task A_process_that_still_uses_the_database_keeps_backups_away()
    {
        var (world, _) = await ParkedRunAsync();
        await world.BackupAsync(Copy, Limit);
        await using var user = new FileStream(
            At("live.db-wrkr_01KBCDEFGHJKMNPQRSTVWXYZ01"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        var restore = () => WorldFactory.RestoreAsync(Copy, $"file:{At("live.db")}", Limit);

        (await restore.Should().ThrowAsync<StorageException>()).Which.Code.Should().Be(ErrorCodes.DatabaseBusy);
        File.Exists(At("live.db")).Should().BeFalse();
    }

    [Theory]
    [InlineData(false, ErrorCodes.NotADatabase)]
    [InlineData(true, ErrorCodes.SchemaMismatch)]
    public async Task What_is_no_backup_is_refused(bool isDatabase, string code)
    {
        if (isDatabase)
        {
            Sqlite.Items.Create(Copy);
        }
        else
        {
            await File.WriteAllTextAsync(Copy, new string('x', 5_000), Limit);
        }

        var restore = () => WorldFactory.RestoreAsync(Copy, $"file:{At("restored.db")}", Limit);

        var failure = (await restore.Should().ThrowAsync<WorldException>()).Which;
        failure.Code.Should().Be(code);
        failure.Message.Should().Contain($"'{Copy}'").And.NotContain(".partial");
        _folder.EnumerateFiles().Should().ContainSingle(file => file.Name == "copy.db");
    }

    [Fact]
    public async Task A_damaged_backup_is_refused()
    {
        var (world, _) = await ParkedRunAsync();
        await world.BackupAsync(Copy, Limit);
        var bytes = await File.ReadAllBytesAsync(Copy, Limit);
        bytes.AsSpan(5 * 4096, 4096).Fill(0xFF);
        await File.WriteAllBytesAsync(Copy, bytes, Limit);

        var restore = () => WorldFactory.RestoreAsync(Copy, $"file:{At("restored.db")}", Limit);

        (await restore.Should().ThrowAsync<StorageException>()).Which.Code.Should().Be(ErrorCodes.DatabaseCorrupt);
        _folder.EnumerateFiles().Should().ContainSingle(file => file.Name == "copy.db");
    }

    [Fact]
    public async Task A_backup_is_not_restored_into_memory()
    {
        var restore = () => WorldFactory.RestoreAsync(Copy, ":memory:", Limit);

        await restore.Should().ThrowAsync<InvalidOptionsException>();
    }

    private protected override ValueTask DisposeFilesAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private async Task<World> OpenAsync(string name, params WorkflowDefinition[] workflows)
    {
        var world = Worlds.Create(options => options.DatabaseUrl = $"file:{At(name)}", [Waiting, .. workflows]);
        await world.StartAsync(Limit);
        return world;
    }

    private async Task<(World World, RunHandle<string> Run)> ParkedRunAsync()
    {
        var world = await Worlds.StartAsync(Waiting);
        var transitions = Watch(world);
        var run = await world.StartRunAsync(Waiting, "token", cancellationToken: Limit);
        await ParkedAsync(transitions, run);
        return (world, run);
    }
}
