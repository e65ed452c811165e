using System.Security.Cryptography;
using System.Text;
using NUlid;

namespace ConsoleApp;

/// <summary>The same text gives the same run id in every process, so that nothing is started twice.</summary>
internal static class RunIds
{
    public static string From(string text) => $"wrun_{new Ulid(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16))}";
}
