using System.Dynamic;
using System.Linq.Expressions;
using System.Reflection;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>
/// Answers PowerShell's member access for columns and metadata, and leaves everything else (psobject, Count, added members, StrictMode) to
/// PowerShell's own binder. Unlike the type adapter, it also works in runspaces without the module's types.
/// </summary>
internal sealed class RecordMetaObject(Expression expression, EtlRecord record)
    : DynamicMetaObject(expression, BindingRestrictions.Empty, record)
{
    private static readonly MethodInfo GetMethod = typeof(ColumnSite).GetMethod(nameof(ColumnSite.TryGet))!;
    private static readonly MethodInfo SetMethod = typeof(ColumnSite).GetMethod(nameof(ColumnSite.Set))!;

    public override IEnumerable<string> GetDynamicMemberNames() => record.Record.Schema.Names;

    public override DynamicMetaObject BindGetMember(GetMemberBinder binder)
    {
        DynamicMetaObject fallback = binder.FallbackGetMember(this);
        ParameterExpression value = Expression.Variable(typeof(object), "value");
        Expression found = Expression.Call(Expression.Constant(new ColumnSite(binder.Name)), GetMethod, Self, value);
        Expression body = Expression.Block(
            typeof(object),
            [value],
            Expression.Condition(found, value, Expression.Convert(fallback.Expression, typeof(object)), typeof(object)));
        return new DynamicMetaObject(
            body, BindingRestrictions.GetTypeRestriction(Expression, typeof(EtlRecord)).Merge(fallback.Restrictions));
    }

    public override DynamicMetaObject BindSetMember(SetMemberBinder binder, DynamicMetaObject value)
    {
        ParameterExpression assigned = Expression.Variable(typeof(object), "assigned");
        Expression body = Expression.Block(
            typeof(object),
            [assigned],
            Expression.Assign(assigned, Expression.Convert(value.Expression, typeof(object))),
            Expression.Call(Expression.Constant(new ColumnSite(binder.Name)), SetMethod, Self, assigned),
            assigned);
        return new DynamicMetaObject(body, BindingRestrictions.GetTypeRestriction(Expression, typeof(EtlRecord)));
    }

    private UnaryExpression Self => Expression.Convert(Expression, typeof(EtlRecord));
}
