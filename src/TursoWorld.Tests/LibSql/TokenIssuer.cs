using System.Text.Json;
using TursoWorld.Tests.Support;

namespace TursoWorld.Tests.LibSql;

/// <summary>
/// Issues the tokens (JWT, EdDSA) that a server with authentication takes. .NET signs no Ed25519, and Node.js, which has installed the
/// server, does.
/// </summary>
internal static class TokenIssuer
{
    private const string Script = """
        import { generateKeyPairSync, sign } from 'node:crypto';
        const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
        const { publicKey, privateKey } = generateKeyPairSync('ed25519');
        const tokens = JSON.parse(process.argv[1]).map((claims) => {
          const text = `${encode({ alg: 'EdDSA', typ: 'JWT' })}.${encode(claims)}`;
          return `${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
        });
        console.log(JSON.stringify({ PublicKey: publicKey.export({ type: 'spki', format: 'pem' }), Tokens: tokens }));
        """;

    /// <summary>Makes a key pair, signs, and forgets the private key.</summary>
    /// <param name="claims">The claims of each token, as JSON.</param>
    public static async Task<Issued> IssueAsync(params string[] claims)
    {
        var node = NodeProgram.Find("node") ?? throw new InvalidOperationException("The search path leads to no Node.js, which signs tokens.");
        string[] arguments = ["--input-type=module", "--eval", Script, $"[{string.Join(",", claims)}]"];
        var (code, output) = await NodeProgram.RunAsync(node, arguments, Path.GetTempPath(), TimeSpan.FromSeconds(30));
        return code == 0
            ? JsonSerializer.Deserialize<Issued>(output)!
            : throw new InvalidOperationException($"Node.js signed no tokens: {output}");
    }

    /// <param name="PublicKey">What the server is given, as PEM.</param>
    /// <param name="Tokens">One for each set of claims.</param>
    internal sealed record Issued(string PublicKey, IReadOnlyList<string> Tokens);
}
