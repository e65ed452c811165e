using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TursoWorld.Benchmarks;

/// <summary>A libSQL server on this machine with an empty database, which acknowledges nothing before it is on the disk.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string Durable = """{"block_reads":false,"block_writes":false,"durability_mode":"strong"}""";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly string _folder;

    private ServerProcess(Process process, string folder, string url) => (_process, _folder, Url) = (process, folder, url);

    /// <summary>Where it listens.</summary>
    public string Url { get; }

    public static async Task<ServerProcess> StartAsync(string program, string folder)
    {
        var (address, admin) = (FreeAddress(), FreeAddress());
        string[] arguments =
        [
            "--db-path", folder, "--no-welcome", "--http-listen-addr", address, "--admin-listen-addr", admin,
        ];
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new InvalidOperationException($"'{program}' did not start.");
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var server = new ServerProcess(process, folder, $"http://{address}");
        try
        {
            using var client = new HttpClient();
            await server.WaitUntilHealthyAsync(client);
            using var content = new StringContent(Durable, Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(new Uri($"http://{admin}/v1/namespaces/default/config"), content);
            answer.EnsureSuccessStatusCode();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!; // it is listening
    }

    private async Task WaitUntilHealthyAsync(HttpClient client)
    {
        var startedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri($"{Url}/health"));
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (!_process.HasExited && Stopwatch.GetElapsedTime(startedAt) < Limit)
            {
                // It does not listen yet.
            }

            await Task.Delay(BetweenQuestions, TimeProvider.System);
        }
    }
}
