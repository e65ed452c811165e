using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// One flush as one conditional batch: a transaction that the server executes without asking back. First in the hope that every unit
/// can be written; if one cannot, nothing is committed, and the flush has to be sent in another form. Steps that are skipped cost the
/// server nearly as much as others, so there are none for what hardly ever happens.
/// </summary>
internal sealed class FlushBatch
{
    private const int Begin = 0;
    private const int Claim = 1;

    private readonly List<LibSqlStep> _steps = [];
    private readonly List<Place> _places = [];
    private readonly IReadOnlyList<FlushItem> _items;
    private readonly FlushClaim? _claim;
    private readonly FlushForm _form;
    private readonly int _commit;

    /// <param name="items">The units.</param>
    /// <param name="claim">The number of the flush; null before the database has the table of numbers.</param>
    /// <param name="form">Which units may be refused.</param>
    public FlushBatch(IReadOnlyList<FlushItem> items, FlushClaim? claim, FlushForm form)
    {
        _items = items;
        _claim = claim;
        _form = items.Count > 1 ? form : FlushForm.Whole; // one that is alone and refused is not committed
        Add(new LibSqlStep(ServerStatements.Begin));
        if (claim is { } number)
        {
            Add(number.ToStep(LibSqlCondition.Succeeded(Begin)));
        }

        foreach (var item in items)
        {
            _places.Add(_form == FlushForm.Savepoints && item.StatementCount > 1 ? AddBehindSavepoint(item) : AddPlain(item));
        }

        _commit = Add(new LibSqlStep(ServerStatements.Commit) { Condition = MayCommit() });
        Add(new LibSqlStep(ServerStatements.Rollback) { Condition = LibSqlCondition.InTransaction });
    }

    public IReadOnlyList<LibSqlStep> Steps => _steps;

    /// <summary>What came of the batch. Unless it has to be sent again, every unit has its result afterwards.</summary>
    /// <param name="results">The results of the steps.</param>
    /// <param name="database">What messages call the database.</param>
    public FlushEnd Read(IReadOnlyList<LibSqlStepResult> results, string database)
    {
        if (Refusal(results) is { } refusal)
        {
            return FlushEnd.Of(refusal);
        }

        if (_claim is not null && !results[Claim].Succeeded)
        {
            return new FlushEnd.NumberTaken();
        }

        if (results[_commit].Error is { } failure)
        {
            return FlushEnd.Of(new SendFailure(failure, IsLost: !failure.IsTransient));
        }

        var isCommitted = results[_commit].Succeeded;
        if (!isCommitted && _items.Count > 1 && FormFor(results) is var form && form > _form)
        {
            return new FlushEnd.Otherwise(form);
        }

        for (var i = 0; i < _items.Count; i++)
        {
            _items[i].Result = ResultOf(_items[i], _places[i], results, database);
        }

        return isCommitted ? new FlushEnd.Done(IsCommitted: true, ServerTime(results)) : WhenUndone();
    }

    /// <summary>The form in which all units but those that failed can be written.</summary>
    private FlushForm FormFor(IReadOnlyList<LibSqlStepResult> results) =>
        _places.Exists(place => place.IsHalfWay(results)) ? FlushForm.Savepoints
        : _places.Exists(place => place.IsRefused(results)) ? FlushForm.Noted
        : FlushForm.Whole;

    // A unit that is alone is refused by not committing it, and tried again only when it was not its own fault.
    private FlushEnd WhenUndone() => _items switch
    {
        [{ Result.Error: SqlErrorKind.Busy }] => new FlushEnd.Again(),
        [_] => new FlushEnd.Done(),
        _ => new FlushEnd.Undone(),
    };

    /// <summary>Why there was no transaction; null when there was one.</summary>
    private SendFailure? Refusal(IReadOnlyList<LibSqlStepResult> results)
    {
        if (results[Begin].Error is { } begin)
        {
            return SendFailure.Of(begin);
        }

        return _claim is not null && results[Claim].Error is { IsTransient: true } claim ? SendFailure.Of(claim) : null;
    }

    private int Add(LibSqlStep step)
    {
        _steps.Add(step);
        return _steps.Count - 1;
    }

    private Place AddPlain(FlushItem item)
    {
        var first = AddStatements(item, LibSqlCondition.InTransaction);
        var last = _steps.Count - 1;
        if (first <= last)
        {
            AddRefusal(first);
        }

        return new Place(first, last, Confirmation: last);
    }

    private Place AddBehindSavepoint(FlushItem item)
    {
        var savepoint = Add(new LibSqlStep(ServerStatements.Savepoint) { Condition = LibSqlCondition.InTransaction });
        var first = AddStatements(item, LibSqlCondition.Succeeded(savepoint));
        var last = _steps.Count - 1;
        var release = Add(new LibSqlStep(ServerStatements.Release) { Condition = LibSqlCondition.Succeeded(last) });
        var undo = Add(new LibSqlStep(ServerStatements.RollbackToSavepoint)
        {
            Condition = LibSqlCondition.All(LibSqlCondition.Succeeded(savepoint), LibSqlCondition.NotSucceeded(release)),
        });
        Add(new LibSqlStep(ServerStatements.Release) { Condition = LibSqlCondition.Succeeded(undo) });
        AddRefusal(release);
        return new Place(first, last, Confirmation: release);
    }

    private int AddStatements(FlushItem item, LibSqlCondition condition)
    {
        var first = _steps.Count;
        foreach (var statement in item.Statements())
        {
            var step = Add(ServerStatements.ToStep(statement, condition));
            condition = LibSqlCondition.Succeeded(step);
        }

        return first;
    }

    // Only inside the transaction that has the number: a copy that comes late must not note anything.
    private void AddRefusal(int confirmation)
    {
        if (_claim is { } claim && _form != FlushForm.Whole)
        {
            var wasRefused = LibSqlCondition.Not(
                LibSqlCondition.Any(LibSqlCondition.IsAutocommit, LibSqlCondition.Succeeded(confirmation)));
            Add(claim.ToRefusal(_places.Count, wasRefused));
        }
    }

    private LibSqlCondition MayCommit()
    {
        var conditions = _form switch
        {
            FlushForm.Whole => _places.Where(static place => place.HasSteps).Select(static place => LibSqlCondition.Succeeded(place.Last)),
            FlushForm.Noted => _places.Where(static place => place.First < place.Last).Select(static place =>
                LibSqlCondition.Any(LibSqlCondition.Succeeded(place.Last), LibSqlCondition.NotSucceeded(place.First))),
            _ => [],
        };
        return LibSqlCondition.All([LibSqlCondition.InTransaction, .. conditions]);
    }

    private UnitResult ResultOf(FlushItem item, Place place, IReadOnlyList<LibSqlStepResult> results, string database)
    {
        var rows = new List<IReadOnlyList<SqlRow>>(item.Unit.Statements.Count);
        var step = place.First;
        foreach (var statement in item.Statements())
        {
            var result = results[step];
            if (!result.Succeeded)
            {
                return result.Error is { } error ? ServerErrors.ToResult(error, database) : ServerErrors.TransactionLost(database);
            }

            if (step > place.First || item.Unit.Guard is null)
            {
                rows.Add(ServerStatements.ToRows(statement, result));
            }

            step++;
        }

        var isWritten = results[_commit].Succeeded && (!place.HasSteps || results[place.Confirmation].Succeeded);
        return isWritten ? UnitResult.Committed(rows) : ServerErrors.TransactionLost(database);
    }

    private DateTimeOffset? ServerTime(IReadOnlyList<LibSqlStepResult> results) =>
        _claim is not null && results[Claim].Rows is [[long milliseconds]] ? SqlTime.FromColumn(milliseconds) : null;

    /// <summary>Where the statements of a unit stand in the batch, and the step that says that all of them count.</summary>
    private readonly record struct Place(int First, int Last, int Confirmation)
    {
        public bool HasSteps => First <= Last;

        public bool IsRefused(IReadOnlyList<LibSqlStepResult> results) => HasSteps && results[First].Error is not null;

        /// <summary>Whether the unit has written something, and then failed.</summary>
        public bool IsHalfWay(IReadOnlyList<LibSqlStepResult> results) =>
            First < Last && results[First].Succeeded && !results[Last].Succeeded;
    }
}
