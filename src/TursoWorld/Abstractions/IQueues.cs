namespace TursoWorld;

/// <summary>The queues of plain messages: what is in them, and a way to pull from them.</summary>
public interface IQueues
{
    /// <summary>The longest visibility: 12 hours. A receiver that needs longer extends it.</summary>
    static readonly TimeSpan MaxVisibility = TimeSpan.FromHours(12);

    /// <summary>The longest wait of a receiver: 20 seconds.</summary>
    static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(20);

    /// <summary>Every queue that has plain messages, by name. Reads all messages.</summary>
    Task<IReadOnlyList<QueueDepth>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>The dead messages of a queue, oldest first.</summary>
    /// <exception cref="InvalidCursorException">The cursor was not issued by this list.</exception>
    Task<Page<DeadMessage>> ListDeadAsync(
        string queueName, PageRequest? page = null, CancellationToken cancellationToken = default);

    /// <summary>Delivers a dead message again, at once, with attempts and failures counted from the beginning.</summary>
    /// <exception cref="NotFoundException">No dead message has that id.</exception>
    Task RedriveAsync(string messageId, CancellationToken cancellationToken = default);

    /// <summary>Delivers all dead messages of a queue again.</summary>
    /// <returns>How many there were.</returns>
    Task<int> RedriveAllAsync(string queueName, CancellationToken cancellationToken = default);

    /// <summary>Deletes a dead message.</summary>
    /// <exception cref="NotFoundException">No dead message has that id.</exception>
    Task DeleteDeadAsync(string messageId, CancellationToken cancellationToken = default);

    /// <summary>Deletes all dead messages of a queue.</summary>
    /// <returns>How many there were.</returns>
    Task<int> DeleteAllDeadAsync(string queueName, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes messages that are due, oldest first. Nobody else gets them until their visibility lapses; then they are
    /// delivered again, and a failure is counted. One that cannot be decoded here is left out: a failure is counted, and unless that
    /// makes it dead, it is delivered again after 10 seconds. The world need not be started.
    /// </summary>
    /// <param name="queueName">The queue.</param>
    /// <param name="max">At most this many, 1 to 1,000.</param>
    /// <param name="visibility">How long the receiver has, more than 0 and at most 12 hours.</param>
    /// <param name="waitTime">How long to wait for a message when there is none, 0 to 20 seconds.</param>
    /// <param name="cancellationToken">Stops waiting; nothing has been taken then.</param>
    /// <returns>Empty when there was none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    /// <exception cref="PayloadCodecException">There were messages, and none of them can be decoded here.</exception>
    Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(
        string queueName, int max, TimeSpan visibility, TimeSpan waitTime = default, CancellationToken cancellationToken = default);

    /// <summary>Is done with a message; it goes away.</summary>
    /// <exception cref="StaleReceiptException">The receipt proves nothing any more.</exception>
    Task CompleteAsync(string receipt, CancellationToken cancellationToken = default);

    /// <summary>Has from now this much time, 0 to 12 hours. 0 lapses at once: a failure is counted.</summary>
    /// <exception cref="StaleReceiptException">The receipt proves nothing any more.</exception>
    Task ExtendAsync(string receipt, TimeSpan visibility, CancellationToken cancellationToken = default);

    /// <summary>Gives a message back, to be delivered again after 0 to 365 days. No failure is counted.</summary>
    /// <exception cref="StaleReceiptException">The receipt proves nothing any more.</exception>
    Task ReleaseAsync(string receipt, TimeSpan delay = default, CancellationToken cancellationToken = default);
}
