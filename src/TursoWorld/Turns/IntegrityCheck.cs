using TursoWorld.Sql;

namespace TursoWorld.Turns;

/// <summary>Compares every table with the logs, some runs at a time, while others work.</summary>
/// <param name="database">The database.</param>
/// <param name="checkSchema">Finds out what of the schema is missing or altered.</param>
internal sealed class IntegrityCheck(ISqlDatabase database, Func<CancellationToken, Task<IReadOnlyList<string>>> checkSchema)
{
    private const int RunsPerPage = 50;

    public async Task<IntegrityReport> RunAsync(CancellationToken cancellationToken)
    {
        var problems = new List<IntegrityProblem>();
        var runs = 0L;
        foreach (var finding in await database.CheckFileAsync(cancellationToken).ConfigureAwait(false))
        {
            problems.Add(new IntegrityProblem { Kind = IntegrityProblemKind.FileDamaged, Text = finding });
        }

        if (problems.Count == 0)
        {
            var altered = await checkSchema(cancellationToken).ConfigureAwait(false);
            problems.AddRange(altered.Select(text => new IntegrityProblem { Kind = IntegrityProblemKind.SchemaMismatch, Text = text }));
        }

        // What a damaged file says about the runs is worth nothing.
        var isReadable = problems.Count == 0;
        var after = isReadable ? 0 : long.MaxValue;
        while (after < long.MaxValue && problems.Count < IntegrityReport.MaxProblems)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = await database.ReadAsync(reader => CheckPageAsync(reader, after), cancellationToken).ConfigureAwait(false);
            problems.AddRange(page.Problems);
            runs += page.Runs;
            after = page.Last;
        }

        if (isReadable)
        {
            await CheckAsync<StrayRow>(IntegritySql.StrayMessages, Describe, problems, cancellationToken).ConfigureAwait(false);
            await CheckAsync<ChildRow>(IntegritySql.LeftChildren, Describe, problems, cancellationToken).ConfigureAwait(false);
            await CheckAsync<AttributeRow>(IntegritySql.BrokenAttributes, Describe, problems, cancellationToken).ConfigureAwait(false);
            await CheckAsync<StreamRow>(IntegritySql.BrokenStreams, Describe, problems, cancellationToken).ConfigureAwait(false);
            await CheckAsync<FalseDeletionRow>(IntegritySql.FalseDeletions, Describe, problems, cancellationToken).ConfigureAwait(false);
        }

        return new IntegrityReport { Problems = [.. problems.Take(IntegrityReport.MaxProblems)], RunsChecked = runs };
    }

    /// <summary>Everything about the next runs, row by row. The last page has whatever is behind the last run.</summary>
    private static async Task<CheckedPage> CheckPageAsync(SqlReader reader, long after)
    {
        var arguments = new { after, limit = RunsPerPage };
        var last = await reader.ScalarAsync<long?>(IntegritySql.PageEnd, arguments).ConfigureAwait(false) ?? long.MaxValue;
        var problems = new List<IntegrityProblem>();
        var runs = 0L;
        RunAudit? audit = null;
        await foreach (var row in reader.EnumerateAsync<IntegrityRow>(IntegritySql.Page, new { after, last }))
        {
            if (audit?.RunKey != row.run_key)
            {
                audit?.Finish();
                audit = new RunAudit(row.run_key, problems);
            }

            runs += row.kind == IntegrityRow.Run ? 1 : 0;
            audit.Add(row);
        }

        audit?.Finish();
        return new CheckedPage(last, runs, problems);
    }

    /// <summary>Adds a problem for each row that a statement finds.</summary>
    private async Task CheckAsync<TRow>(
        string statement, Func<TRow, IntegrityProblem> describe, List<IntegrityProblem> problems, CancellationToken cancellationToken)
    {
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<TRow>(statement, new { limit = IntegrityReport.MaxProblems }),
            cancellationToken).ConfigureAwait(false);
        problems.AddRange(rows.Select(describe));
    }

    private static IntegrityProblem Describe(StrayRow stray) => stray.run_id is null
        ? Problem(IntegrityProblemKind.Orphan, null, $"Message '{stray.message_id}' belongs to a run that does not exist.")
        : Problem(IntegrityProblemKind.MessageMismatch, stray.run_id, $"Message '{stray.message_id}' is not the one of its run.");

    private static IntegrityProblem Describe(ChildRow child) => Problem(
        IntegrityProblemKind.ChildMismatch, child.run_id, $"The run is over, and nobody will cancel its child '{child.child_id}'.");

    private static IntegrityProblem Describe(AttributeRow attribute) => attribute.run_id is null
        ? Problem(IntegrityProblemKind.Orphan, null, $"Attribute '{attribute.name}' belongs to a run that does not exist.")
        : Problem(
            IntegrityProblemKind.RunMismatch,
            attribute.run_id,
            $"workflow_attributes does not say what the run says about '{attribute.name}': it would not be found, or by mistake.");

    private static IntegrityProblem Describe(StreamRow stream) => stream.stream_name is null
        ? Problem(
            IntegrityProblemKind.Orphan, null, $"Chunks belong to stream_key {stream.stream_key}, which does not exist.")
        : Problem(IntegrityProblemKind.StreamGap, stream.run_id, $"The chunks of stream '{stream.stream_name}' have a gap.");

    private static IntegrityProblem Describe(FalseDeletionRow deletion) => Problem(
        IntegrityProblemKind.DeletionMismatch,
        deletion.run_id,
        deletion.stream_name is null
            ? "The run is noted as deleted, and is still there."
            : $"Stream '{deletion.stream_name}' is noted as deleted, and is still there.");

    private static IntegrityProblem Problem(IntegrityProblemKind kind, string? runId, string text) =>
        new() { Kind = kind, RunId = runId, Text = text };

    /// <summary>What one page has shown: the key of its last run, how many runs it had, and what is wrong with them.</summary>
    private sealed record CheckedPage(long Last, long Runs, List<IntegrityProblem> Problems);

    private sealed class AttributeRow
    {
        public string? run_id { get; init; }
        public required string name { get; init; }
    }

    private sealed class StreamRow
    {
        public long stream_key { get; init; }
        public string? run_id { get; init; }
        public string? stream_name { get; init; }
    }

    private sealed class FalseDeletionRow
    {
        public string? run_id { get; init; }
        public string? stream_name { get; init; }
    }

    private sealed class ChildRow
    {
        public required string run_id { get; init; }
        public required string child_id { get; init; }
    }

    private sealed class StrayRow
    {
        public required string message_id { get; init; }
        public string? run_id { get; init; }
    }
}
