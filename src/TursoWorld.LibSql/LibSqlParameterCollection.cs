using System.Collections;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace TursoWorld.LibSql;

/// <summary>The parameters of a command. Those that its text does not use are not sent.</summary>
[SuppressMessage("Design", "CA1010", Justification = "ADO.NET's collections of parameters are what they are.")]
public sealed class LibSqlParameterCollection : DbParameterCollection
{
    private readonly List<LibSqlParameter> _parameters = [];

    internal LibSqlParameterCollection()
    {
    }

    /// <inheritdoc/>
    public override int Count => _parameters.Count;

    /// <inheritdoc/>
    public override object SyncRoot => ((ICollection)_parameters).SyncRoot;

    /// <summary>The parameter at a position.</summary>
    public new LibSqlParameter this[int index]
    {
        get => _parameters[index];
        set => _parameters[index] = value;
    }

    /// <summary>The parameter of a name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public new LibSqlParameter this[string parameterName]
    {
        get => _parameters[Find(parameterName)];
        set => _parameters[Find(parameterName)] = value;
    }

    /// <inheritdoc/>
    public override int Add(object value)
    {
        _parameters.Add(Checked(value));
        return Count - 1;
    }

    /// <summary>Adds a parameter.</summary>
    public LibSqlParameter Add(LibSqlParameter parameter)
    {
        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Adds a parameter with its value.</summary>
    public LibSqlParameter AddWithValue(string? parameterName, object? value) => Add(new LibSqlParameter(parameterName, value));

    /// <inheritdoc/>
    public override void AddRange(Array values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach (var value in values)
        {
            _parameters.Add(Checked(value));
        }
    }

    /// <inheritdoc/>
    public override void Clear() => _parameters.Clear();

    /// <inheritdoc/>
    public override bool Contains(object value) => value is LibSqlParameter parameter && _parameters.Contains(parameter);

    /// <inheritdoc/>
    public override bool Contains(string value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override void CopyTo(Array array, int index) => ((ICollection)_parameters).CopyTo(array, index);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => _parameters.GetEnumerator();

    /// <inheritdoc/>
    public override int IndexOf(object value) => value is LibSqlParameter parameter ? _parameters.IndexOf(parameter) : -1;

    /// <inheritdoc/>
    public override int IndexOf(string parameterName) =>
        _parameters.FindIndex(parameter => parameter.ParameterName == parameterName);

    /// <inheritdoc/>
    public override void Insert(int index, object value) => _parameters.Insert(index, Checked(value));

    /// <inheritdoc/>
    public override void Remove(object value) => _parameters.Remove(Checked(value));

    /// <inheritdoc/>
    public override void RemoveAt(int index) => _parameters.RemoveAt(index);

    /// <inheritdoc/>
    public override void RemoveAt(string parameterName) => _parameters.RemoveAt(Find(parameterName));

    internal IReadOnlyList<LibSqlArgument> ToArguments()
    {
        if (_parameters.Count == 0)
        {
            return [];
        }

        var arguments = new LibSqlArgument[_parameters.Count];
        for (var index = 0; index < arguments.Length; index++)
        {
            arguments[index] = _parameters[index].ToArgument();
        }

        return arguments;
    }

    /// <inheritdoc/>
    protected override DbParameter GetParameter(int index) => this[index];

    /// <inheritdoc/>
    protected override DbParameter GetParameter(string parameterName) => this[parameterName];

    /// <inheritdoc/>
    protected override void SetParameter(int index, DbParameter value) => this[index] = Checked(value);

    /// <inheritdoc/>
    protected override void SetParameter(string parameterName, DbParameter value) => this[parameterName] = Checked(value);

    private static LibSqlParameter Checked(object? value) => value as LibSqlParameter
        ?? throw new InvalidCastException($"A LibSqlParameter is needed; this is {value?.GetType().ToString() ?? "null"}.");

    private int Find(string parameterName) => IndexOf(parameterName) is var index and >= 0
        ? index
        : throw new ArgumentOutOfRangeException(nameof(parameterName), parameterName, "The command has no parameter of that name.");
}
