using System.Diagnostics;
using TursoWorld.Abstractions;
using TursoWorld.Diagnostics;
using TursoWorld.Sql;

namespace TursoWorld.Queue;

/// <summary>
/// Writes what became of deliveries: whatever has ended while one unit was being written goes into the next. What cannot be
/// written is tried again for about ten seconds, and then left to its lease.
/// </summary>
internal sealed class DeliveryRecorder(
    MessageStore store, UnitRetry retry, WakeHub hub, Random random, WorldDiagnostics diagnostics) : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    // Guards everything below.
    private readonly Lock _lock = new();
    private List<Delivery> _ended = [];
    private Task _loop = Task.CompletedTask;
    private bool _isWriting;

    /// <summary>It is settled what becomes of some deliveries; nobody renews their leases any more.</summary>
    public event Action<IReadOnlyList<Delivery>>? Recorded;

    public void Add(Delivery delivery)
    {
        lock (_lock)
        {
            _ended.Add(delivery);
            if (!_isWriting)
            {
                _isWriting = true;
                _loop = WriteAllAsync();
            }
        }
    }

    /// <summary>Writes what has ended, without pauses.</summary>
    /// <param name="patience">How long a database that somebody keeps locked is waited for.</param>
    public async Task StopAsync(Task patience)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task loop;
        lock (_lock)
        {
            loop = _loop;
        }

        await Task.WhenAny(loop, patience).ConfigureAwait(false);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task WriteAllAsync()
    {
        // After those who have waited for the handler: what they write next shares the commit.
        await Task.Yield();
        while (TryTake(out var deliveries))
        {
            try
            {
                await WriteAsync(deliveries).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                // Nobody renews the leases any more: they stand still, and the messages are delivered again.
                diagnostics.LoopFailed("queue.record", exception);
            }
            finally
            {
                Recorded?.Invoke(deliveries);
            }
        }
    }

    private bool TryTake(out List<Delivery> deliveries)
    {
        lock (_lock)
        {
            (deliveries, _ended) = (_ended, []);
            _isWriting = deliveries.Count > 0;
            return _isWriting;
        }
    }

    private async Task WriteAsync(List<Delivery> deliveries)
    {
        foreach (var delivery in deliveries.Where(delivery => delivery.IsLost))
        {
            diagnostics.LeaseLost(delivery.Claim.MessageId);
        }

        var records = deliveries.Where(delivery => !delivery.IsLost).GroupBy(KeyOf).Select(ToRecord).ToList();
        if (records.Count == 0)
        {
            return;
        }

        try
        {
            await WriteAsync(records).ConfigureAwait(false);
        }
        catch (Exception exception) when (records.Count > 1
            && exception is not (StorageException { IsTransient: true } or ObjectDisposedException))
        {
            diagnostics.LoopFailed("queue.record", exception);
            await WriteOneByOneAsync(records).ConfigureAwait(false); // one that cannot be written must not take the others with it
        }
    }

    private async Task WriteOneByOneAsync(List<Record> records)
    {
        foreach (var record in records)
        {
            try
            {
                await WriteAsync([record]).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                diagnostics.LoopFailed("queue.record", exception);
            }
        }
    }

    private async Task WriteAsync(List<Record> records)
    {
        var unit = new Unit(records.ConvertAll(record => record.Statement)) { CanWait = true };
        var written = await retry.WriteAsync(unit, "queue.record", _stopping.Token).ConfigureAwait(false);
        Report(records, written.Rows, written.WasUnknown);
    }

    /// <summary>What can be written by one statement: done, or given back, under one token.</summary>
    private static (string Token, bool IsDone, Delivery? Alone) KeyOf(Delivery delivery) => delivery.Outcome switch
    {
        DeliveryOutcome.Done => (delivery.Claim.LeaseToken, true, null),
        DeliveryOutcome.GivenBack => (delivery.Claim.LeaseToken, false, null),
        _ => (delivery.Claim.LeaseToken, false, delivery),
    };

    private Record ToRecord(IEnumerable<Delivery> group)
    {
        var deliveries = group.ToList();
        var claim = deliveries[0].Claim;
        var delay = TimeSpan.Zero;
        var statement = deliveries[0].Outcome switch
        {
            DeliveryOutcome.Done when deliveries.Count == 1 => MessageStore.Complete(claim.MessageKey, claim.LeaseToken),
            DeliveryOutcome.Done => MessageStore.CompleteAll(KeysOf(deliveries), claim.LeaseToken),
            DeliveryOutcome.GivenBack => MessageStore.GiveBack(KeysOf(deliveries), claim.LeaseToken),
            DeliveryOutcome.Again again => store.Postpone(claim.MessageKey, claim.LeaseToken, delay = again.Delay, counts: true),
            DeliveryOutcome.Undelivered lost => store.Postpone(claim.MessageKey, claim.LeaseToken, delay = lost.Delay, counts: false),
            DeliveryOutcome.Failed => store.Fail(
                claim.MessageKey, claim.LeaseToken, delay = Backoff.After(claim.Failures + 1, random)),
            _ => throw new UnreachableException(),
        };
        return new Record(deliveries, statement, delay);
    }

    private static IEnumerable<long> KeysOf(List<Delivery> deliveries) => deliveries.Select(delivery => delivery.Claim.MessageKey);

    private void Report(List<Record> records, IReadOnlyList<IReadOnlyList<SqlRow>> rows, bool wasUnknown)
    {
        var isDue = false;
        for (var i = 0; i < records.Count; i++)
        {
            var record = records[i];
            var isAlone = record.Deliveries.Count == 1;

            // After a lost answer they may have been written already, and hit nothing any more.
            var areAllOurs = wasUnknown || rows[i].Count == record.Deliveries.Count;
            var hits = areAllOurs ? [] : rows[i].Select(row => row.Integer(0)).ToHashSet();
            foreach (var delivery in record.Deliveries)
            {
                var isOurs = areAllOurs || hits.Contains(delivery.Claim.MessageKey);
                Report(delivery, isOurs, isDead: isAlone && rows[i].Count > 0 && rows[i][0].IntegerOrNull(0) is not null, record.Delay);
                isDue |= delivery.Outcome is not DeliveryOutcome.Done;
            }
        }

        if (isDue)
        {
            hub.SignalQueueChanged();
        }
    }

    private void Report(Delivery delivery, bool isOurs, bool isDead, TimeSpan delay)
    {
        var messageId = delivery.Claim.MessageId;
        switch (delivery.Outcome)
        {
            case var _ when !isOurs:
                diagnostics.LeaseLost(messageId);
                break;
            case DeliveryOutcome.Done:
                diagnostics.MessageCompleted(messageId);
                break;
            case DeliveryOutcome.Failed failed when isDead:
                diagnostics.MessageDead(messageId, failed.Exception);
                break;
            case DeliveryOutcome.Failed failed:
                diagnostics.MessageFailed(messageId, delay, failed.Exception);
                break;
            default:
                diagnostics.MessagePostponed(messageId, delay);
                break;
        }
    }

    /// <summary>A statement, and the deliveries of which it says what became.</summary>
    private sealed record Record(List<Delivery> Deliveries, SqlStatement Statement, TimeSpan Delay);
}
