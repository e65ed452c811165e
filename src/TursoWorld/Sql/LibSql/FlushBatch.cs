using TursoWorld.LibSql;

namespace TursoWorld.Sql.LibSql;

/// <summary>
/// One flush as one conditional batch: a transaction that the server executes without asking back. First in the hope that every unit
/// can be written; if one cannot, nothing is committed, and the flush has to be sent in another form. The server compiles every
/// statement anew, so rows that several units insert in the same way are one statement in the first form. Steps that are skipped cost
/// it nearly as much as others, so there are none for what hardly ever happens.
/// </summary>
internal sealed class FlushBatch
{
    private const int Begin = 0;
    private const int Claim = 1;

    private const int MostParameters = 30_000; // SQLite takes 32,766 in one statement

    private readonly List<LibSqlStep> _steps = [];
    private readonly List<Place> _places = [];
    private readonly List<SqlStatement> _rows = []; // of the step that comes next
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
            _places.Add(_form switch
            {
                FlushForm.Whole => AddRows(item),
                FlushForm.Savepoints when item.StatementCount > 1 => AddBehindSavepoint(item),
                _ => AddPlain(item),
            });
        }

        EndRows();
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
    private FlushForm FormFor(IReadOnlyList<LibSqlStepResult> results) => _form switch
    {
        FlushForm.Whole when results.All(static result => result.Error is null) => FlushForm.Whole,
        FlushForm.Noted when _places.Exists(place => place.IsHalfWay(results)) => FlushForm.Savepoints,
        _ => FlushForm.Noted,
    };

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

    private Place AddRows(FlushItem item)
    {
        var steps = new List<int>(item.StatementCount);
        foreach (var statement in item.Statements())
        {
            if (_rows.Count > 0 && !IsRowOf(_rows, statement))
            {
                EndRows();
            }

            _rows.Add(statement);
            steps.Add(_steps.Count);
        }

        return new Place(steps);
    }

    private static bool IsRowOf(List<SqlStatement> rows, SqlStatement statement)
    {
        var text = ServerText.Of(statement.Text);
        return ReferenceEquals(rows[0].Text, statement.Text) && text.TakesRows && !rows[0].ReturnsRowId && !statement.ReturnsRowId
            && (rows.Count + 1) * text.Parameters.Count <= MostParameters;
    }

    private void EndRows()
    {
        if (_rows.Count > 0)
        {
            var condition = LibSqlCondition.All(LibSqlCondition.InTransaction, LibSqlCondition.Succeeded(_steps.Count - 1));
            Add(ServerStatements.ToStep(_rows, condition));
            _rows.Clear();
        }
    }

    private Place AddPlain(FlushItem item)
    {
        var place = new Place(AddStatements(item, LibSqlCondition.InTransaction));
        if (place.HasSteps)
        {
            AddRefusal(place.Steps[0]);
        }

        return place;
    }

    private Place AddBehindSavepoint(FlushItem item)
    {
        var savepoint = Add(new LibSqlStep(ServerStatements.Savepoint) { Condition = LibSqlCondition.InTransaction });
        var steps = AddStatements(item, LibSqlCondition.Succeeded(savepoint));
        var release = Add(new LibSqlStep(ServerStatements.Release) { Condition = LibSqlCondition.Succeeded(steps[^1]) });
        var undo = Add(new LibSqlStep(ServerStatements.RollbackToSavepoint)
        {
            Condition = LibSqlCondition.All(LibSqlCondition.Succeeded(savepoint), LibSqlCondition.NotSucceeded(release)),
        });
        Add(new LibSqlStep(ServerStatements.Release) { Condition = LibSqlCondition.Succeeded(undo) });
        AddRefusal(release);
        return new Place(steps) { Confirmation = release };
    }

    private List<int> AddStatements(FlushItem item, LibSqlCondition condition)
    {
        var steps = new List<int>(item.StatementCount);
        foreach (var statement in item.Statements())
        {
            var step = Add(ServerStatements.ToStep(statement, condition));
            condition = LibSqlCondition.Succeeded(step);
            steps.Add(step);
        }

        return steps;
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

    // No unit may be half way. One behind a savepoint has been undone then.
    private LibSqlCondition MayCommit() => _form switch
    {
        FlushForm.Whole => LibSqlCondition.All(LibSqlCondition.InTransaction, LibSqlCondition.Succeeded(_steps.Count - 1)),
        FlushForm.Noted => LibSqlCondition.All(
        [
            IsBegun(),
            .. _places.Where(static place => place.Steps.Count > 1).Select(static place =>
                LibSqlCondition.Any(LibSqlCondition.Succeeded(place.Steps[^1]), LibSqlCondition.NotSucceeded(place.Steps[0]))),
        ]),
        _ => IsBegun(),
    };

    private LibSqlCondition IsBegun() =>
        LibSqlCondition.All(LibSqlCondition.InTransaction, LibSqlCondition.Succeeded(_claim is null ? Begin : Claim));

    private UnitResult ResultOf(FlushItem item, Place place, IReadOnlyList<LibSqlStepResult> results, string database)
    {
        var rows = new List<IReadOnlyList<SqlRow>>(item.Unit.Statements.Count);
        var index = 0;
        foreach (var statement in item.Statements())
        {
            var result = results[place.Steps[index]];
            if (!result.Succeeded)
            {
                return result.Error is { } error ? ServerErrors.ToResult(error, database) : ServerErrors.TransactionLost(database);
            }

            if (index > 0 || item.Unit.Guard is null)
            {
                rows.Add(ServerStatements.ToRows(statement, result));
            }

            index++;
        }

        var isWritten = results[_commit].Succeeded && (!place.HasSteps || results[place.Confirmation].Succeeded);
        return isWritten ? UnitResult.Committed(rows) : ServerErrors.TransactionLost(database);
    }

    private DateTimeOffset? ServerTime(IReadOnlyList<LibSqlStepResult> results) =>
        _claim is null ? null : FlushClaim.TimeOf(results[Claim]);

    /// <summary>Which steps of the batch execute the statements of a unit, in order.</summary>
    private readonly record struct Place(IReadOnlyList<int> Steps)
    {
        public bool HasSteps => Steps.Count > 0;

        /// <summary>The step that says that all of them count.</summary>
        public int Confirmation { get; init; } = Steps.Count > 0 ? Steps[^1] : -1;

        /// <summary>Whether the unit has written something, and then failed.</summary>
        public bool IsHalfWay(IReadOnlyList<LibSqlStepResult> results) =>
            HasSteps && results[Steps[0]].Succeeded && !results[Steps[^1]].Succeeded;
    }
}
