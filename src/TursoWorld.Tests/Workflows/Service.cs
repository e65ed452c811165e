using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TursoWorld.Tests.Workflows;

/// <summary>A web service on this machine that remembers what it was sent.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<Request> _requests = new();
    private readonly Func<int, Request, (int Status, string Body)> _answer;
    private readonly Task _loop;

    private Service(Func<int, Request, (int Status, string Body)> answer, int port)
    {
        (_answer, Url) = (answer, $"http://127.0.0.1:{port}/");
        _listener.Prefixes.Add(Url);
        _listener.Start();
        _loop = Task.Run(RunAsync);
    }

    public string Url { get; }

    public IReadOnlyList<Request> Requests => [.. _requests];

    /// <param name="answer">The status and body for the request of that number, from 1.</param>
    /// <param name="port">Where; default: wherever there is room.</param>
    public static Service Start(Func<int, Request, (int Status, string Body)> answer, int? port = null) =>
        new(answer, port ?? FreePort());

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
        _listener.Close();
    }

    private async Task RunAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var headers = context.Request.Headers.AllKeys.OfType<string>()
                .ToDictionary(name => name.ToLowerInvariant(), name => TextOf(context.Request.Headers[name] ?? ""));
            var request = new Request(context.Request.Url!.AbsolutePath, headers, body.ToArray()); // the listener has parsed it
            _requests.Enqueue(request);
            var (status, text) = _answer(_requests.Count, request);
            context.Response.StatusCode = status;
            context.Response.AppendHeader("Set-Cookie", "seen=1");
            if (status is >= 300 and < 400)
            {
                context.Response.RedirectLocation = Url + "elsewhere";
            }

            if (text.Length > 0)
            {
                await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
            }

            context.Response.Close();
        }
    }

    /// <summary>The listener takes each byte of a header for a character; they are UTF-8.</summary>
    private static string TextOf(string header) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(header));

    internal sealed record Request(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body);
}
