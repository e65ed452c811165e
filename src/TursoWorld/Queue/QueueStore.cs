using System.Globalization;
using System.Text;
using TursoWorld.Abstractions;
using TursoWorld.Ids;
using TursoWorld.Sql;

namespace TursoWorld.Queue;

/// <summary>Claims the messages of runs for one worker, and keeps the leases of whatever it has.</summary>
internal sealed class QueueStore(
    ISqlDatabase database, string workerId, TimeSpan lease, IdGenerator ids, TimeProvider timeProvider)
{
    /// <summary>Takes what is due, and says what will be: in one unit, because a look that claims nothing has to know when to look again.</summary>
    public async Task<QueueClaim> ClaimAsync(WorkflowKey workflow, ClaimRoom room, CancellationToken cancellationToken)
    {
        var token = ids.NewLeaseToken();
        var now = timeProvider.GetUtcNow();
        var claim = new SqlStatement(
            QueueSql.Claim,
            ("queue_name", workflow.QueueName),
            ("workflow_version", workflow.Version),
            ("limit", room.Most),
            ("slots", room.Slots),
            ("few", room.Few),
            ("alone", room.Alone),
            ("now", now),
            ("lease_ends_at", now + lease),
            ("lease_owner", workerId),
            ("lease_token", token));
        var next = new SqlStatement(
            QueueSql.NextDue,
            ("queue_name", workflow.QueueName),
            ("workflow_version", workflow.Version),
            ("slots", room.Slots),
            ("few_from", room.FewFrom),
            ("alone_from", room.AloneFrom));
        var result = await ClaimAsync(database, new Unit(claim, next), workerId, token, cancellationToken).ConfigureAwait(false);
        var rows = result.ThrowUnlessCommitted().Rows;
        return new QueueClaim(
            [.. rows[0].Select(row => ToMessage(row, token)).OrderBy(message => message.MessageKey)],
            SqlTime.FromColumn(rows[1][0].IntegerOrNull(0)));
    }

    /// <summary>
    /// Writes a claim. When its answer is lost, nobody knows what it has taken, and nobody would renew it: it is given back, so that it
    /// need not stand still for a lease and count as a failure.
    /// </summary>
    public static async Task<UnitResult> ClaimAsync(
        ISqlDatabase database, Unit claim, string owner, string token, CancellationToken cancellationToken)
    {
        var result = await database.WriteAsync(claim, cancellationToken).ConfigureAwait(false);
        if (result.Error == SqlErrorKind.OutcomeUnknown)
        {
            var giveBack = new SqlStatement(QueueSql.GiveBackClaim, ("lease_owner", owner), ("lease_token", token));
            (await database.WriteAsync(new Unit(giveBack), CancellationToken.None).ConfigureAwait(false)).ThrowUnlessCommitted();
        }

        return result;
    }

    /// <summary>The runs of those messages that somebody has woken, or ended, since their holder looked.</summary>
    public async Task<IReadOnlyList<long>> FindWokenAsync(
        IReadOnlyList<HeldMessage> held, CancellationToken cancellationToken)
    {
        var seen = new StringBuilder("[");
        foreach (var (message, wakes) in held)
        {
            seen.Append(seen.Length == 1 ? "[" : ",[")
                .Append(CultureInfo.InvariantCulture, $"{message.MessageKey},{wakes},{message.RunKey}]");
        }

        seen.Append(']');
        return await database.ReadAsync(
            reader => reader.QueryAsync<long>(QueueSql.FindWoken, new { seen = seen.ToString() }),
            cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Those of the messages whose lease is lost.</returns>
    public async Task<IReadOnlyList<ClaimedMessage>> RenewAsync(
        IReadOnlyList<HeldMessage> held, CancellationToken cancellationToken)
    {
        var renew = new SqlStatement(
            QueueSql.Renew,
            ("message_keys", $"[{string.Join(',', held.Select(item => item.Message.MessageKey))}]"),
            ("lease_owner", workerId),
            ("lease_ends_at", timeProvider.GetUtcNow() + lease));
        var result = await database.WriteAsync(new Unit(renew), cancellationToken).ConfigureAwait(false);
        var tokens = result.ThrowUnlessCommitted().Rows[0].ToDictionary(row => row.Integer(0), row => row.TextOrNull(1));
        return held.Select(item => item.Message)
            .Where(message => tokens.GetValueOrDefault(message.MessageKey) != message.LeaseToken)
            .ToList();
    }

    private static ClaimedMessage ToMessage(SqlRow row, string token) => new()
    {
        MessageKey = row.Integer(0),
        MessageId = row.Text(1),
        RunKey = row.Integer(2),
        Wakes = row.Integer(3),
        Attempt = (int)row.Integer(4),
        Failures = (int)row.Integer(5),
        Interruptions = (int)row.Integer(6),
        Lane = (Lane)row.Integer(7),
        LeaseToken = token,
    };
}

/// <param name="Messages">What was taken, in the order of arrival.</param>
/// <param name="NextDue">When the next message that nobody has is due, as far as there was room for it; null for never.</param>
internal sealed record QueueClaim(IReadOnlyList<ClaimedMessage> Messages, DateTimeOffset? NextDue);
