using TursoWorld.Abstractions;

namespace TursoWorld.Tests.Queue;

/// <summary>Room for so many messages, which nobody works on.</summary>
internal sealed class FakeHandler(int room, params WorkflowKey[] workflows) : IMessageHandler
{
    private readonly Lock _gate = new();
    private readonly List<ClaimedMessage> _taken = [];
    private int _reserved;

    public List<ClaimedMessage> Lost { get; } = [];

    public int MostReserved { get; private set; }

    public int Reserved => _reserved;

    public TaskCompletionSource<ClaimedMessage> FirstTaken { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource<long> FirstLooked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<WorkflowKey> Workflows => workflows;

    public IReadOnlyList<ClaimedMessage> Taken
    {
        get
        {
            lock (_gate)
            {
                return [.. _taken];
            }
        }
    }

    public IReadOnlyList<HeldMessage> Held => [.. Taken.Select(message => new HeldMessage(message, message.Wakes))];

    public int Reserve(int most)
    {
        lock (_gate)
        {
            var free = Math.Clamp(room - _taken.Count - _reserved, 0, most);
            _reserved += free;
            MostReserved = Math.Max(MostReserved, _reserved);
            return free;
        }
    }

    public void Unreserve(int count)
    {
        lock (_gate)
        {
            _reserved -= count;
        }
    }

    public void Take(WorkflowKey workflow, ClaimedMessage message)
    {
        lock (_gate)
        {
            _reserved--;
            _taken.Add(message);
        }

        FirstTaken.TrySetResult(message);
    }

    public void Look(long runKey) => FirstLooked.TrySetResult(runKey);

    public void Lose(ClaimedMessage message) => Lost.Add(message);
}
