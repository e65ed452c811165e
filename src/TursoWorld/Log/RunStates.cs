using System.Globalization;
using TursoWorld.Sql;

namespace TursoWorld.Log;

/// <summary>
/// The folds of runs, kept from one question to the next: whoever asks again reads what has been appended since. They take a bounded amount of
/// memory; those that were not asked for the longest go first.
/// </summary>
internal sealed class RunStates(ISqlDatabase database)
{
    private const int MostThings = 250_000;
    private const int RowsPerRead = 1_000;

    // Guards what follows, and the order of use.
    private readonly Lock _lock = new();
    private readonly Dictionary<long, LinkedListNode<Fold>> _folds = [];
    private readonly LinkedList<Fold> _byUse = new();
    private long _things;

    /// <summary>Asks one run, once its state has everything that had been recorded when this was called.</summary>
    /// <param name="run">The run.</param>
    /// <param name="ask">Must not keep the state, which goes on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<T> ReadAsync<T>(LoggedRun run, Func<RunState, T> ask, CancellationToken cancellationToken) =>
        (await ReadAsync([run], (_, state) => ask(state), cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Asks several runs.</summary>
    /// <returns>The answers, in the order of the runs.</returns>
    public async Task<IReadOnlyList<T>> ReadAsync<T>(
        IReadOnlyList<LoggedRun> runs, Func<int, RunState, T> ask, CancellationToken cancellationToken)
    {
        var folds = runs.Select(Find).ToList();
        var distinct = folds.Distinct().ToList();
        while (await CatchUpAsync(distinct, cancellationToken).ConfigureAwait(false))
        {
            // There was more than is read at once.
        }

        Shrink(distinct);
        return [.. folds.Select((fold, i) => fold.Use(state => ask(i, state)))];
    }

    /// <summary>Waits until nobody else in this process decides something about a run, and keeps others from it until the end of the use.</summary>
    public async Task<IDisposable> EnterAsync(LoggedRun run, CancellationToken cancellationToken)
    {
        var fold = Find(run);
        await fold.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Exit(fold.Gate);
    }

    private async Task<bool> CatchUpAsync(IReadOnlyList<Fold> folds, CancellationToken cancellationToken)
    {
        var behind = folds.Select(fold => string.Create(CultureInfo.InvariantCulture, $"[{fold.Run.Key},{fold.Use(state => state.Position)}]"));
        var arguments = new { behind = $"[{string.Join(',', behind)}]", limit = RowsPerRead };
        var rows = await database.ReadAsync(
            reader => reader.QueryAsync<LogRow>(LogSql.LoadMany, arguments), cancellationToken).ConfigureAwait(false);
        var byRun = folds.ToLookup(fold => fold.Run.Key);
        foreach (var row in rows)
        {
            byRun[row.run_key].First().Add(row.Read()); // it was asked for
        }

        return rows.Count == RowsPerRead;
    }

    private Fold Find(LoggedRun run)
    {
        lock (_lock)
        {
            if (_folds.TryGetValue(run.Key, out var node))
            {
                _byUse.Remove(node);
            }
            else
            {
                node = new LinkedListNode<Fold>(new Fold(run));
                _folds.Add(run.Key, node);
            }

            _byUse.AddLast(node);
            return node.Value;
        }
    }

    private void Shrink(IEnumerable<Fold> grown)
    {
        lock (_lock)
        {
            foreach (var fold in grown.Where(fold => _folds.GetValueOrDefault(fold.Run.Key)?.Value == fold)) // or it has gone meanwhile
            {
                _things += fold.Size - fold.CountedSize;
                fold.CountedSize = fold.Size;
            }

            while (_things > MostThings && _byUse is { Count: > 1, First: { } oldest })
            {
                _byUse.RemoveFirst();
                _folds.Remove(oldest.Value.Run.Key);
                _things -= oldest.Value.CountedSize;
            }
        }
    }

    private sealed class Exit(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }

#pragma warning disable CA1001 // Nobody asks the gate for its wait handle.
    private sealed class Fold(LoggedRun run)
#pragma warning restore CA1001
    {
        private readonly Lock _lock = new();
        private readonly RunState _state = new(run.IsForeign);

        public LoggedRun Run => run;

        public SemaphoreSlim Gate { get; } = new(1);

        public int Size { get; private set; } = 1;

        /// <summary>What of it is counted among all.</summary>
        public int CountedSize { get; set; }

        public T Use<T>(Func<RunState, T> ask)
        {
            lock (_lock)
            {
                return ask(_state);
            }
        }

        /// <summary>Takes what is not there yet: another reader may have come with the same.</summary>
        public void Add(IReadOnlyList<StoredEvent> events)
        {
            lock (_lock)
            {
                foreach (var stored in events.Where(stored => stored.Position == _state.Position + 1))
                {
                    _state.Add(stored);
                }

                Size = _state.Size;
            }
        }
    }
}
