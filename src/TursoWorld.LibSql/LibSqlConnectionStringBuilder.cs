using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using TursoWorld.LibSql.Http;

namespace TursoWorld.LibSql;

/// <summary>Reads and writes connection strings of libSQL servers. Unknown keys are refused.</summary>
[SuppressMessage("Design", "CA1010", Justification = "ADO.NET's builders are what they are.")]
[SuppressMessage("Naming", "CA1710", Justification = "ADO.NET calls them builders.")]
public sealed class LibSqlConnectionStringBuilder : DbConnectionStringBuilder
{
    private const string DataSourceKey = "Data Source";
    private const string AuthTokenKey = "Auth Token";
    private const string HostKey = "Host";
    private const string CommandTimeoutKey = "Command Timeout";
    private const string MaxConcurrencyKey = "Max Concurrency";
    private const string ReadYourWritesKey = "Read Your Writes";
    private const string AllowTokenOverHttpKey = "Allow Token Over Http";
    private const string EncryptionKeyKey = "Encryption Key";
    private const string PersistSecurityInfoKey = "Persist Security Info";

    private static readonly Dictionary<string, string> Keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        [DataSourceKey] = DataSourceKey,
        ["DataSource"] = DataSourceKey,
        ["Url"] = DataSourceKey,
        [AuthTokenKey] = AuthTokenKey,
        ["AuthToken"] = AuthTokenKey,
        [HostKey] = HostKey,
        [CommandTimeoutKey] = CommandTimeoutKey,
        ["Default Timeout"] = CommandTimeoutKey,
        [MaxConcurrencyKey] = MaxConcurrencyKey,
        [ReadYourWritesKey] = ReadYourWritesKey,
        [AllowTokenOverHttpKey] = AllowTokenOverHttpKey,
        [EncryptionKeyKey] = EncryptionKeyKey,
        [PersistSecurityInfoKey] = PersistSecurityInfoKey,
    };

    /// <summary>An empty connection string.</summary>
    public LibSqlConnectionStringBuilder()
    {
    }

    /// <param name="connectionString">What to begin with.</param>
    public LibSqlConnectionStringBuilder(string? connectionString)
    {
        ConnectionString = connectionString;
    }

    /// <summary>
    /// The URL of the server: <c>libsql</c>, <c>https</c>, <c>http</c>, <c>wss</c> or <c>ws</c>, with <c>authToken</c> and <c>tls</c>
    /// as its only query parameters. Required. Also known as <c>DataSource</c> and <c>Url</c>.
    /// </summary>
    [AllowNull]
    public string DataSource
    {
        get => Text(DataSourceKey) ?? "";
        set => this[DataSourceKey] = value;
    }

    /// <summary>
    /// The token that the server asks for; null for none. Goes before one in the URL. Also known as <c>AuthToken</c>.
    /// </summary>
    public string? AuthToken
    {
        get => Text(AuthTokenKey);
        set => this[AuthTokenKey] = value;
    }

    /// <summary>What the Host header says; null for the host of the URL. Its first label selects the database of a server with several.</summary>
    public string? Host
    {
        get => Text(HostKey);
        set => this[HostKey] = value;
    }

    /// <summary>
    /// How long a command may wait for its answer, in seconds. 0 is without limit. Default 30. Also known as
    /// <c>Default Timeout</c>.
    /// </summary>
    public int CommandTimeout
    {
        get => Number(CommandTimeoutKey, 30);
        set => this[CommandTimeoutKey] = value;
    }

    /// <summary>How many requests may be under way at once, from 1 to 1000. Default 20.</summary>
    public int MaxConcurrency
    {
        get => Number(MaxConcurrencyKey, 20);
        set => this[MaxConcurrencyKey] = value;
    }

    /// <summary>Whether a replica must have seen the writes of this process before it answers a read. Default true.</summary>
    public bool ReadYourWrites
    {
        get => Flag(ReadYourWritesKey, true);
        set => this[ReadYourWritesKey] = value;
    }

    /// <summary>
    /// Whether the token and the encryption key may be sent without encryption to another machine. Default false; loopback is always
    /// allowed.
    /// </summary>
    public bool AllowTokenOverHttp
    {
        get => Flag(AllowTokenOverHttpKey, false);
        set => this[AllowTokenOverHttpKey] = value;
    }

    /// <summary>The key of an encrypted database; null for none.</summary>
    public string? EncryptionKey
    {
        get => Text(EncryptionKeyKey);
        set => this[EncryptionKeyKey] = value;
    }

    /// <summary>Whether the connection string of an open connection still shows the secrets. Default false.</summary>
    public bool PersistSecurityInfo
    {
        get => Flag(PersistSecurityInfoKey, false);
        set => this[PersistSecurityInfoKey] = value;
    }

    /// <summary>Every key in its usual form.</summary>
    public override ICollection Keys => Keywords.Values.Distinct().ToArray();

    /// <inheritdoc/>
    [AllowNull]
    public override object this[string keyword]
    {
        get => base.TryGetValue(Canonical(keyword), out var value) ? value : "";
        set
        {
            var key = Canonical(keyword);
            if (value is null)
            {
                base.Remove(key);
            }
            else
            {
                base[key] = Checked(key, value);
            }
        }
    }

    /// <inheritdoc/>
    public override bool ContainsKey(string keyword) => Keywords.ContainsKey(keyword);

    /// <inheritdoc/>
    public override bool Remove(string keyword) => Keywords.TryGetValue(keyword, out var key) && base.Remove(key);

    /// <inheritdoc/>
    public override bool ShouldSerialize(string keyword) =>
        Keywords.TryGetValue(keyword, out var key) && base.ShouldSerialize(key);

    /// <inheritdoc/>
    public override bool TryGetValue(string keyword, [NotNullWhen(true)] out object? value)
    {
        value = null;
        return Keywords.TryGetValue(keyword, out var key) && base.TryGetValue(key, out value);
    }

    /// <exception cref="ArgumentException">The string names no server, or one that cannot be.</exception>
    internal LibSqlSettings ToSettings()
    {
        if (DataSource.Length == 0)
        {
            throw new ArgumentException("The connection string names no server; write 'Data Source=libsql://host'.");
        }

        var url = ServerUrl.Parse(DataSource);
        return new LibSqlSettings
        {
            BaseUri = url.BaseUri,
            AuthToken = AuthToken is { Length: > 0 } token ? token : url.AuthToken,
            EncryptionKey = EncryptionKey is { Length: > 0 } key ? key : null,
            Host = Host is { Length: > 0 } host ? host : null,
            CommandTimeout = CommandTimeout == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(CommandTimeout),
            MaxConcurrency = MaxConcurrency,
            ReadYourWrites = ReadYourWrites,
            AllowTokenOverHttp = AllowTokenOverHttp,
        };
    }

    /// <summary>The connection string as others may see it.</summary>
    internal string WithoutSecrets()
    {
        if (PersistSecurityInfo)
        {
            return ConnectionString;
        }

        var shown = new LibSqlConnectionStringBuilder(ConnectionString) { AuthToken = null, EncryptionKey = null };
        shown.DataSource = shown.DataSource.Split('?')[0];
        return shown.ConnectionString;
    }

    private static string Canonical(string keyword)
    {
        ArgumentNullException.ThrowIfNull(keyword);
        return Keywords.TryGetValue(keyword, out var key)
            ? key
            : throw new ArgumentException(
                $"'{keyword}' is no key of a connection string; the keys are {string.Join(", ", Keywords.Values.Distinct())}.");
    }

    private static object Checked(string key, object value) => key switch
    {
        CommandTimeoutKey => InRange(key, value, 0, int.MaxValue / 1_000),
        MaxConcurrencyKey => InRange(key, value, 1, 1_000),
        ReadYourWritesKey or AllowTokenOverHttpKey or PersistSecurityInfoKey => ToFlag(key, value),
        _ => value,
    };

    private static int InRange(string key, object value, int least, int most) =>
        int.TryParse(Convert.ToString(value, CultureInfo.InvariantCulture), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most
            ? number
            : throw new ArgumentException($"'{key}' must be a whole number from {least} to {most}; it is '{value}'.");

    private static bool ToFlag(string key, object value) =>
        Convert.ToString(value, CultureInfo.InvariantCulture)?.ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "1" => true,
            "FALSE" or "NO" or "0" => false,
            _ => throw new ArgumentException($"'{key}' must be true or false; it is '{value}'."),
        };

    private string? Text(string key) =>
        base.TryGetValue(key, out var value) ? Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    private int Number(string key, int otherwise) =>
        base.TryGetValue(key, out var value) ? Convert.ToInt32(value, CultureInfo.InvariantCulture) : otherwise;

    private bool Flag(string key, bool otherwise) =>
        base.TryGetValue(key, out var value) ? Convert.ToBoolean(value, CultureInfo.InvariantCulture) : otherwise;
}
