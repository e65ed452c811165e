using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>A server that asks for tokens, and some of them.</summary>
public sealed class GuardedServer : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tursoworld-");
    private string? _lack;
    private SqldServer? _server;

    public string ReadWrite { get; private set; } = "";

    public string ReadOnly { get; private set; } = "";

    /// <summary>Valid until some time in 2001.</summary>
    public string Expired { get; private set; } = "";

    /// <summary>Valid for a namespace that nobody has.</summary>
    public string Elsewhere { get; private set; } = "";

    /// <summary>Signed by somebody else.</summary>
    public string Forged { get; private set; } = "";

    /// <summary>Where it listens; skips the test where there is no server.</summary>
    public Uri Url
    {
        get
        {
            Requirement.Skip(_lack);
            return _server!.Url; // there is one when nothing is lacking
        }
    }

    public async ValueTask InitializeAsync()
    {
        (_, _lack) = await SqldProgram.FindAsync();
        if (_lack is not null)
        {
            return;
        }

        var own = await TokenIssuer.IssueAsync("{}", """{"a":"ro"}""", """{"exp":1000000000}""", """{"id":"elsewhere"}""");
        (ReadWrite, ReadOnly, Expired, Elsewhere) = (own.Tokens[0], own.Tokens[1], own.Tokens[2], own.Tokens[3]);
        Forged = (await TokenIssuer.IssueAsync("{}")).Tokens[0];
        var key = Path.Combine(_folder.FullName, "key.pem");
        await File.WriteAllTextAsync(key, own.PublicKey);
        _server = await SqldServer.StartAsync("--auth-jwt-key-file", key);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }
}
