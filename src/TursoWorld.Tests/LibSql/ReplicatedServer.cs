using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>A server and a replica of it; skips the tests that ask for them where there are none.</summary>
public sealed class ReplicatedServer : IAsyncLifetime
{
    private string? _lack;
    private SqldServer? _primary;
    private SqldServer? _replica;

    internal SqldServer Primary => Existing(_primary);

    internal SqldServer Replica => Existing(_replica);

    public async ValueTask InitializeAsync()
    {
        (_, _lack) = await SqldProgram.FindAsync();
        if (_lack is null)
        {
            var replication = SqldServer.Loopback();
            _primary = await SqldServer.StartAsync("--grpc-listen-addr", replication.Authority);
            _replica = await SqldServer.StartAsync("--primary-grpc-url", $"http://{replication.Authority}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in (SqldServer?[])[_replica, _primary])
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }
        }
    }

    private SqldServer Existing(SqldServer? server)
    {
        Requirement.Skip(_lack);
        return server!; // there is one when nothing is lacking
    }
}
