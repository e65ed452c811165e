using System.Net;
using System.Net.Sockets;
using TursoWorld.Tests.Crash;

namespace TursoWorld.Tests.Support;

/// <summary>A server of a test's own on a folder of its own. Disposing of it kills it and deletes the folder.</summary>
internal sealed class SqldServer : IAsyncDisposable
{
    /// <summary>
    /// Kills the server when our end of standard input is closed, as it is when this process dies, however it dies. A signal that the
    /// system sends at the death of the parent would come too early: it follows the death of the thread that started the child.
    /// Signals of the terminal reach the whole group, and must not end the one who watches.
    /// </summary>
    private const string Watched = """
        trap '' INT HUP TERM
        exec 3<&0
        "$@" 3<&- 2>&1 &
        server=$!
        (cat; kill -9 $server) <&3 >/dev/null 2>&1 &
        watcher=$!
        wait $server
        code=$?
        kill -9 $watcher
        exit $code
        """;

    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-sqld-");
    private readonly string _program;
    private readonly string[] _arguments;
    private ChildProcess? _process;

    private SqldServer(string program, string[] arguments)
    {
        _program = program;
        _arguments = arguments;
        (Url, AdminUrl) = (Loopback(), Loopback());
    }

    /// <summary>Where it listens for clients.</summary>
    public Uri Url { get; private set; }

    /// <summary>Where it listens for operators.</summary>
    public Uri AdminUrl { get; private set; }

    /// <summary>Everything that it printed since it was started last.</summary>
    public string Output => _process?.Output ?? "";

    /// <summary>Starts a server and returns when it answers; skips the test where none can be had.</summary>
    public static async Task<SqldServer> StartAsync(params string[] arguments)
    {
        var (program, lack) = await SqldProgram.FindAsync();
        Requirement.Skip(lack);
        var server = new SqldServer(program!, arguments); // a lack has ended the test
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>An address on this machine that nobody listened on a moment ago.</summary>
    public static Uri Loopback()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://{listener.LocalEndpoint}");
    }

    /// <summary>Kills it (SIGKILL); its folder stays.</summary>
    public async Task KillAsync()
    {
        await _process!.DisposeAsync(); // it is running
        _process = null;
    }

    /// <summary>Starts it again after <see cref="KillAsync"/>: same folder, same addresses.</summary>
    public async Task StartAsync()
    {
        string[] command =
        [
            "-c", Watched, "sqld", _program, "--db-path", Path.Combine(_folder.FullName, "data"), "--no-welcome",
            "--http-listen-addr", Url.Authority, "--admin-listen-addr", AdminUrl.Authority, .. _arguments,
        ];
        _process = ChildProcess.StartProgram("/bin/sh", command);
        await _process.PrintedAsync("listening for incoming user HTTP connection");
        using var health = await Http.GetAsync(new Uri(Url, "/health"));
        health.EnsureSuccessStatusCode();
    }

    /// <summary>Asks the interface for operators.</summary>
    public Task AdministerAsync(HttpMethod method, string path, string body = "{}") => AdministerAsync(AdminUrl, method, path, body);

    /// <inheritdoc cref="AdministerAsync(HttpMethod, string, string)"/>
    public static async Task AdministerAsync(Uri adminUrl, HttpMethod method, string path, string body = "{}")
    {
        using var request = new HttpRequestMessage(method, new Uri(adminUrl, path));
        request.Content = new StringContent(body, mediaType: new("application/json"));
        using var answer = await Http.SendAsync(request);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"{method} {path} was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        _folder.Delete(recursive: true);
    }
}
