namespace TursoWorld.Runtime;

/// <summary>Something that a cancellation scope cancels: what its code asked for, and the scopes within it.</summary>
internal abstract class ScopeMember
{
    private Scope? _scope;
    private LinkedListNode<ScopeMember>? _place;

    /// <summary>Becomes what a scope cancels, behind everything that it has; nothing for null.</summary>
    protected internal void Join(Scope? scope)
    {
        _scope = scope;
        _place = scope?.Add(this);
    }

    /// <summary>It is over: there is nothing to cancel any more.</summary>
    protected void Leave()
    {
        if (_scope is { } scope && _place is { } place)
        {
            (_scope, _place) = (null, null);
            scope.Remove(place);
        }
    }
}
