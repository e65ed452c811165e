using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace TursoWorld.Tests.Support;

/// <summary>One connection of a client to a <see cref="FaultProxy"/>, with the connection to the server that belongs to it.</summary>
internal sealed class ProxyConnection(FaultProxy proxy, Socket client, Uri server, string? host) : IAsyncDisposable
{
    private readonly NetworkStream _client = new(client, ownsSocket: true);
    private NetworkStream? _server;
    private HttpMessageReader? _answers;

    /// <summary>Serves until one of the two sides ends the connection, or a fault does.</summary>
    public async Task ServeAsync(CancellationToken cancellationToken)
    {
        client.NoDelay = true;
        var requests = new HttpMessageReader(_client);
        try
        {
            while (await ServeNextAsync(requests, cancellationToken))
            {
                // The client may ask again on the same connection.
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
        {
            // One of the sides has ended the connection, or the proxy has: so does the other.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await CloseServerAsync();
    }

    /// <returns>Whether the connection goes on.</returns>
    private async Task<bool> ServeNextAsync(HttpMessageReader requests, CancellationToken cancellationToken)
    {
        if (await requests.ReadHeadAsync(cancellationToken) is not { } head)
        {
            return false;
        }

        using var wire = new MemoryStream();
        using var content = new MemoryStream();
        await requests.CopyBodyAsync(head, wire, content, cancellationToken);
        var fault = proxy.Enter(new ProxiedRequest(head, Encoding.UTF8.GetString(content.ToArray())));
        try
        {
            var forwarded = host is null ? head : head.With("Host", host);
            return await TreatAsync(fault, [.. forwarded.ToBytes(), .. wire.ToArray()], cancellationToken);
        }
        finally
        {
            proxy.Leave();
        }
    }

    private async Task<bool> TreatAsync(Fault? fault, byte[] request, CancellationToken cancellationToken)
    {
        switch (fault)
        {
            case null:
                return await RelayAsync(request, cancellationToken);
            case Fault.CutBeforeForwarding:
                Cut();
                return false;
            case Fault.CutAnswer:
                await FetchAsync(request, cancellationToken);
                Cut();
                return false;
            case Fault.HalfAnswer:
                var (head, body) = await FetchAsync(request, cancellationToken);
                await _client.WriteAsync((byte[])[.. head.ToBytes(), .. body.AsSpan(0, body.Length / 2)], cancellationToken);
                return false;
            case Fault.Answer answer:
                return await AnswerAsync(answer, request, cancellationToken);
            case Fault.HoldRequest held:
                await held.Hold.PassAsync().WaitAsync(cancellationToken);
                return await RelayAsync(request, cancellationToken);
            case Fault.HoldAnswer held:
                var late = await FetchAsync(request, cancellationToken);
                await held.Hold.PassAsync().WaitAsync(cancellationToken);
                await _client.WriteAsync((byte[])[.. late.Head.ToBytes(), .. late.Body], cancellationToken);
                return true;
            case Fault.ForwardLater later:
                Cut();
                await later.Hold.PassAsync().WaitAsync(cancellationToken);
                await FetchAsync(request, cancellationToken);
                later.Complete();
                return false;
            default:
                throw new UnreachableException();
        }
    }

    private async Task<bool> AnswerAsync(Fault.Answer answer, byte[] request, CancellationToken cancellationToken)
    {
        if (answer.AfterForwarding)
        {
            await FetchAsync(request, cancellationToken);
        }

        var body = Encoding.UTF8.GetBytes(answer.Body);
        var head = HttpHead.Parse($"HTTP/1.1 {answer.Status}")
            .With("Content-Type", answer.ContentType)
            .With("Content-Length", $"{body.Length}");
        head = answer.RetryAfter is { } seconds ? head.With("Retry-After", $"{seconds}") : head;
        await _client.WriteAsync((byte[])[.. head.ToBytes(), .. body], cancellationToken);
        return true;
    }

    /// <summary>Passes the answer on while it arrives, and gives up when the client has gone.</summary>
    private async Task<bool> RelayAsync(byte[] request, CancellationToken cancellationToken)
    {
        using var relay = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchClientAsync(relay);
        try
        {
            var (head, answers) = await SendAsync(request, relay.Token);
            await _client.WriteAsync(head.ToBytes(), relay.Token);
            return await answers.CopyBodyAsync(head, _client, Stream.Null, relay.Token);
        }
        finally
        {
            await relay.CancelAsync();
            await watching;
        }
    }

    /// <summary>Waits for the whole answer, so that whatever the server was to do has been done.</summary>
    private async Task<(HttpHead Head, byte[] Body)> FetchAsync(byte[] request, CancellationToken cancellationToken)
    {
        var (head, answers) = await SendAsync(request, cancellationToken);
        using var body = new MemoryStream();
        await answers.CopyBodyAsync(head, body, Stream.Null, cancellationToken);
        return (head, body.ToArray());
    }

    private async Task<(HttpHead Head, HttpMessageReader Answers)> SendAsync(byte[] request, CancellationToken cancellationToken)
    {
        // A server that was restarted in the meantime has closed what we had.
        if (_server is null || _server.Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
        {
            await CloseServerAsync();
            _server = await ConnectAsync(cancellationToken);
            _answers = new HttpMessageReader(_server);
        }

        await _server.WriteAsync(request, cancellationToken);
        var head = await _answers!.ReadHeadAsync(cancellationToken); // made together with the connection
        return (head ?? throw new IOException("The server ended the connection before it answered."), _answers);
    }

    private async Task<NetworkStream> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.Host, server.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A client sends nothing while it waits, so that whatever can be read is the end of the connection.</summary>
    private async Task WatchClientAsync(CancellationTokenSource relay)
    {
        try
        {
            if (await client.ReceiveAsync(new byte[1], SocketFlags.Peek, relay.Token) == 0)
            {
                await relay.CancelAsync();
            }
        }
        catch (SocketException)
        {
            await relay.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The answer has been passed on.
        }
    }

    /// <summary>Resets the connection: the client learns at once that nothing more comes.</summary>
    private void Cut()
    {
        client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Close();
    }

    private async Task CloseServerAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
