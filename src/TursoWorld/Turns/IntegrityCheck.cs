using Dapper;
using TursoWorld.Sql;

namespace TursoWorld.Turns;

/// <summary>Compares every table with the logs, some runs at a time, while others work.</summary>
internal sealed class IntegrityCheck(ISqlDatabase database)
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

        // What a damaged file says about the runs is worth nothing.
        var after = problems.Count == 0 ? 0 : long.MaxValue;
        while (after < long.MaxValue && problems.Count < IntegrityReport.MaxProblems)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (after, var count) = await CheckPageAsync(after, problems, cancellationToken).ConfigureAwait(false);
            runs += count;
        }

        if (problems.TrueForAll(problem => problem.Kind != IntegrityProblemKind.FileDamaged))
        {
            await CheckMessagesAsync(problems, cancellationToken).ConfigureAwait(false);
            await CheckStreamsAsync(problems, cancellationToken).ConfigureAwait(false);
        }

        return new IntegrityReport { Problems = [.. problems.Take(IntegrityReport.MaxProblems)], RunsChecked = runs };
    }

    /// <returns>The last key of the page, and how many runs it had. The last page has whatever is behind the last run.</returns>
    private async Task<(long Last, long Runs)> CheckPageAsync(
        long after, List<IntegrityProblem> problems, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            connection =>
            {
                var last = connection.QuerySingle<long?>(IntegritySql.PageEnd, new { after, limit = RunsPerPage }) ?? long.MaxValue;
                var runs = 0L;
                RunAudit? audit = null;
                foreach (var row in connection.Query<IntegrityRow>(IntegritySql.Page, new { after, last }, buffered: false))
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
                return (last, runs);
            },
            cancellationToken).ConfigureAwait(false);

    private async Task CheckMessagesAsync(List<IntegrityProblem> problems, CancellationToken cancellationToken)
    {
        var strays = await database.ReadAsync(
            connection => connection.Query<StrayRow>(
                IntegritySql.StrayMessages, new { limit = IntegrityReport.MaxProblems }).AsList(),
            cancellationToken).ConfigureAwait(false);
        problems.AddRange(strays.Select(stray => stray.run_id is null
            ? new IntegrityProblem
            {
                Kind = IntegrityProblemKind.Orphan,
                Text = $"Message '{stray.message_id}' belongs to a run that does not exist.",
            }
            : new IntegrityProblem
            {
                Kind = IntegrityProblemKind.MessageMismatch,
                RunId = stray.run_id,
                Text = $"Message '{stray.message_id}' is not the one of its run.",
            }));
    }

    private async Task CheckStreamsAsync(List<IntegrityProblem> problems, CancellationToken cancellationToken)
    {
        var broken = await database.ReadAsync(
            connection => connection.Query<StreamRow>(
                IntegritySql.BrokenStreams, new { limit = IntegrityReport.MaxProblems }).AsList(),
            cancellationToken).ConfigureAwait(false);
        problems.AddRange(broken.Select(stream => stream.stream_name is null
            ? new IntegrityProblem
            {
                Kind = IntegrityProblemKind.Orphan,
                Text = $"Chunks belong to stream_key {stream.stream_key}, which does not exist.",
            }
            : new IntegrityProblem
            {
                Kind = IntegrityProblemKind.StreamGap,
                RunId = stream.run_id,
                Text = $"The chunks of stream '{stream.stream_name}' have a gap.",
            }));
    }

    private sealed class StreamRow
    {
        public long stream_key { get; init; }
        public string? run_id { get; init; }
        public string? stream_name { get; init; }
    }

    private sealed class StrayRow
    {
        public required string message_id { get; init; }
        public string? run_id { get; init; }
    }
}
