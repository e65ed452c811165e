using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ConsoleApp;

/// <summary>The same text gives the same run id in every process, so that nothing is started twice.</summary>
internal static class RunIds
{
    private const string Crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public static string From(string text)
    {
        var value = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        Span<char> ulid = stackalloc char[26];
        for (var i = ulid.Length - 1; i >= 0; i--)
        {
            ulid[i] = Crockford[(int)(value & 31)];
            value >>= 5;
        }

        return $"wrun_{ulid}";
    }
}
