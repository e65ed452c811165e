using System.Net;
using System.Net.Sockets;

namespace TursoWorld.Tests.Support;

/// <summary>
/// Stands between a client and an HTTP/1.1 server and does to chosen requests what networks, proxies and crashes do. Keeps
/// connections open, passes answers on while they arrive, and gives up what its client gives up.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly Uri _server;
    private readonly string? _host;
    private readonly Task _accepting;

    // Guards what follows.
    private readonly Lock _lock = new();
    private readonly List<FaultRule> _rules = [];
    private readonly List<ProxiedRequest> _requests = [];
    private readonly List<Task> _connections = [];
    private int _underWay;

    /// <param name="server">Where requests go.</param>
    /// <param name="host">What the server gets as <c>Host</c>, which names the namespace; null passes on what the client sends.</param>
    public FaultProxy(Uri server, string? host = null)
    {
        (_server, _host) = (server, host);
        _listener.Start();
        Url = new Uri($"http://{_listener.LocalEndpoint}");
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients go.</summary>
    public Uri Url { get; }

    /// <summary>Every request so far.</summary>
    public IReadOnlyList<ProxiedRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>How many requests were under way at the same time, at most.</summary>
    public int Crowd { get; private set; }

    /// <summary>Adds a fault. The first rule that hits a request decides.</summary>
    /// <param name="fault">What becomes of the requests.</param>
    /// <param name="matches">Which requests count.</param>
    /// <param name="skip">How many of those pass before.</param>
    /// <param name="times">How many are hit after that.</param>
    public FaultRule Add(Fault fault, Func<ProxiedRequest, bool> matches, int skip = 0, int times = 1)
    {
        var rule = new FaultRule(fault, matches, skip, times);
        lock (_lock)
        {
            _rules.Add(rule);
        }

        return rule;
    }

    /// <summary>Adds a fault for the next requests whose body has a text in it.</summary>
    public FaultRule Add(Fault fault, string text, int skip = 0, int times = 1) =>
        Add(fault, request => request.Body.Contains(text, StringComparison.Ordinal), skip, times);

    public async ValueTask DisposeAsync()
    {
        if (_ending.IsCancellationRequested)
        {
            return;
        }

        await _ending.CancelAsync();
        await _accepting; // before the listener stops, which refuses to accept
        _listener.Stop();
        await Task.WhenAll(Connections());
        _ending.Dispose();
    }

    /// <summary>Notes a request and says what is to become of it; null lets it pass.</summary>
    internal Fault? Enter(ProxiedRequest request)
    {
        lock (_lock)
        {
            Crowd = Math.Max(Crowd, ++_underWay);
            _requests.Add(request);
            return _rules.Find(rule => rule.Hit(request))?.Fault;
        }
    }

    /// <summary>Notes that a request has its answer, or that nobody waits for one.</summary>
    internal void Leave()
    {
        lock (_lock)
        {
            _underWay--;
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await using var connection = new ProxyConnection(this, client, _server, _host);
        await connection.ServeAsync(_ending.Token);
    }

    private Task[] Connections()
    {
        lock (_lock)
        {
            return [.. _connections];
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_ending.Token);
                var serving = ServeAsync(client);
                lock (_lock)
                {
                    _connections.RemoveAll(connection => connection.IsCompletedSuccessfully);
                    _connections.Add(serving);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the proxy.
        }
    }
}
