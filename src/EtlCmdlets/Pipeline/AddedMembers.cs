using System.Linq.Expressions;
using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Tells whether Add-Member has put members on an object. PowerShell's own test is internal and fast; its public ways take ten microseconds
/// per object. If the internal test is not found, the answer is "maybe", and a public way is used.
/// </summary>
internal static class AddedMembers
{
    private const PSMemberTypes Columns = PSMemberTypes.NoteProperty | PSMemberTypes.ScriptProperty | PSMemberTypes.AliasProperty;

    private static readonly Func<object, bool> MayHaveMembers = FindTest() ?? (_ => true);

    /// <summary>The members added to an object, as names and values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static IEnumerable<PSMemberInfo> Of(object target)
    {
        if (!MayHaveMembers(target))
            return [];
        PSObject owner = PSObject.AsPSObject(target);
        return owner.Members.Match("*", Columns).Where(member => member.IsInstance && !RemotingProperties.Contains(member, owner));
    }

    /// <summary>The member of a name that was added to an object, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static PSMemberInfo? Find(object target, string name) =>
        MayHaveMembers(target) ? Of(target).FirstOrDefault(member => member.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) : null;

    private static Func<object, bool>? FindTest()
    {
        MethodInfo? test = typeof(PSObject).GetMethod("HasInstanceMembers", BindingFlags.Static | BindingFlags.NonPublic);
        if (test?.GetParameters() is not [{ ParameterType: { } first }, { IsOut: true } members] || first != typeof(object) || test.ReturnType != typeof(bool))
            return null;
        ParameterExpression target = Expression.Parameter(typeof(object));
        ParameterExpression found = Expression.Variable(members.ParameterType.GetElementType()!);
        return Expression.Lambda<Func<object, bool>>(Expression.Block([found], Expression.Call(test, target, found)), target).Compile();
    }
}
