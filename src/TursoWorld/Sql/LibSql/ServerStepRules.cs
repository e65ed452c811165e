using System.Data.Common;
using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// What a transactional step may do on its transaction: nothing that ends it or outlives it, and nothing once the step is over. One
/// statement at a time, because it is one stream.
/// </summary>
internal sealed class ServerStepRules : ICommandRules, IDisposable
{
    private static readonly TimeSpan BetweenCancellations = TimeSpan.FromMilliseconds(10);

    // Whoever has entered uses the connection.
    private readonly SemaphoreSlim _inUse = new(1, 1);
    private readonly List<DbDataReader> _readers = [];
    private volatile DbCommand? _running;
    private volatile bool _isOver;

    /// <summary>Whether a statement found that the server had given the transaction up.</summary>
    public bool IsLost { get; private set; }

    public T Run<T>(DbCommand command, Func<T> execute)
    {
        ServerConfinement.ThrowUnlessAllowed(command.CommandText);
        _inUse.Wait();
        try
        {
            Begin(command);
            return Keep(execute());
        }
        catch (LibSqlException exception) when (exception.IsTransactionLost)
        {
            IsLost = true;
            throw;
        }
        finally
        {
            _running = null;
            _inUse.Release();
        }
    }

    public async Task<T> RunAsync<T>(DbCommand command, Func<Task<T>> execute, CancellationToken cancellationToken)
    {
        ServerConfinement.ThrowUnlessAllowed(command.CommandText);
        await _inUse.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Begin(command);
            return Keep(await execute().ConfigureAwait(false));
        }
        catch (LibSqlException exception) when (exception.IsTransactionLost)
        {
            IsLost = true;
            throw;
        }
        finally
        {
            _running = null;
            _inUse.Release();
        }
    }

    /// <summary>Ends a statement that is running, and refuses every later one.</summary>
    /// <param name="hasReturned">
    /// Whether the body is done with what it has left open. If not, it may still be reading: then the end of the transaction takes the
    /// rows away, and nobody waits for the rest of them.
    /// </param>
    public async Task EndAsync(bool hasReturned)
    {
        _isOver = true;
        do
        {
            _running?.Cancel(); // again, because one that is just being begun does not hear it
        }
        while (!await _inUse.WaitAsync(BetweenCancellations, CancellationToken.None).ConfigureAwait(false));

        foreach (var reader in hasReturned ? _readers : [])
        {
            await reader.DisposeAsync().ConfigureAwait(false);
        }

        _inUse.Release();
    }

    public void Dispose() => _inUse.Dispose();

    private T Keep<T>(T result)
    {
        if (result is DbDataReader reader)
        {
            _readers.RemoveAll(static kept => kept.IsClosed);
            _readers.Add(reader);
        }

        return result;
    }

    private void Begin(DbCommand command)
    {
        if (_isOver)
        {
            throw new InvalidOperationException("The transactional step is over; its connection cannot be used any more.");
        }

        if (IsLost)
        {
            throw new InvalidOperationException(
                "The transaction of a transactional step is gone: the server has given it up. Let the step fail; it runs again.");
        }

        _running = command;
    }
}
