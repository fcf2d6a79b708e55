# bash completion for gongji; installed as share/bash-completion/completions/gongji
_gongji()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' verb='' word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --lang) ((i++)) ;;
            --lang=*) ;;
            *)
                if [[ -z $command ]]; then
                    command=$word
                elif [[ -z $verb ]]; then
                    verb=$word
                fi
                ;;
        esac
    done
    case $prev in
        --lang)
            mapfile -t COMPREPLY < <(compgen -W 'zh en' -- "$cur")
            return
            ;;
    esac
    case $command in
        '')
            mapfile -t COMPREPLY < <(compgen -W 'settle pack group scheme dip review init serve user import check backup restore tidy demo sandbox acceptance bench help --version --help --lang' -- "$cur")
            ;;
        settle)
            case $prev in
                --pack)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
                    ;;
                --in | --out)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    ;;
                --format)
                    mapfile -t COMPREPLY < <(compgen -W 'jsonl csv' -- "$cur")
                    ;;
                --threads) ;;
                *)
                    mapfile -t COMPREPLY < <(compgen -W \
                        '--pack --in --out --explain --text --threads --format --quiet --lang' -- "$cur")
                    ;;
            esac
            ;;
        pack)
            if [[ -z $verb ]]; then
                mapfile -t COMPREPLY < <(compgen -W 'check explain diff' -- "$cur")
            elif [[ $verb == explain && $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '--policy --lang' -- "$cur")
            elif [[ $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '--lang' -- "$cur")
            elif [[ $prev != --policy ]]; then
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -d -- "$cur")
            fi
            ;;
        group)
            if [[ -z $verb ]]; then
                mapfile -t COMPREPLY < <(compgen -W 'drg dip' -- "$cur")
                return
            fi
            case $prev in
                --scheme | --catalogue)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
                    ;;
                --in | --out)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    ;;
                --format)
                    mapfile -t COMPREPLY < <(compgen -W 'csv jsonl' -- "$cur")
                    ;;
                --encoding)
                    mapfile -t COMPREPLY < <(compgen -W 'utf-8 gb18030' -- "$cur")
                    ;;
                --threads | --pass | --weights) ;;
                *)
                    mapfile -t COMPREPLY < <(compgen -W '--scheme --catalogue --in --out --explain --threads --pass
                        --weights --map --tidy --refuse-gray --format --encoding --quiet --lang' -- "$cur")
                    ;;
            esac
            ;;
        scheme)
            if [[ -z $verb ]]; then
                mapfile -t COMPREPLY < <(compgen -W 'check explain import' -- "$cur")
            elif [[ $verb == explain && $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '--group --lang' -- "$cur")
            elif [[ $verb == import && $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '--to --columns --encoding --dry-run --lang' -- "$cur")
            elif [[ $verb == import && $prev != --to ]]; then
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            elif [[ $prev != --group ]]; then
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -d -- "$cur")
            fi
            ;;
        review)
            if [[ -z $verb ]]; then
                mapfile -t COMPREPLY < <(compgen -W 'check explain' -- "$cur")
            else
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -d -- "$cur")
            fi
            ;;
        dip)
            if [[ -z $verb ]]; then
                mapfile -t COMPREPLY < <(compgen -W 'build check' -- "$cur")
                return
            fi
            case $prev in
                --out | --basis | --scheme | --since | check)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
                    ;;
                --in)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    ;;
                --encoding)
                    mapfile -t COMPREPLY < <(compgen -W 'utf-8 gb18030' -- "$cur")
                    ;;
                --threshold | --mixed-threshold | --years | --last-year | --trim | --trim-cases | --characters | \
                    --base | --resample | --seed) ;;
                *)
                    mapfile -t COMPREPLY < <(compgen -W '--in --out --basis --threshold --mixed-threshold --years
                        --last-year --trim --trim-cases --characters --base --accept-base --scheme --since
                        --resample --seed --encoding --quiet --lang' -- "$cur")
                    ;;
            esac
            ;;
        init | serve | user)
            case $prev in
                --db)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    ;;
                --packs)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
                    ;;
                --log)
                    mapfile -t COMPREPLY < <(compgen -W '0 1 2' -- "$cur")
                    ;;
                --role)
                    mapfile -t COMPREPLY < <(compgen -W 'clerk supervisor data finance hospital head
                        interface_reader interface_operator system_admin security_admin audit_admin' -- "$cur")
                    ;;
                --address | --port | --node | --name | --area | --provider) ;;
                *)
                    case $command in
                        init) word='--db --lang' ;;
                        serve) word='--db --packs --schemes --list-scheme --list-catalogue --catalogues --address --port --node --log --behind-proxy --message-days --tls-cert --tls-key --audit-copy --profile --second-factor --key-file --refused-passwords --sessions --counter-sessions --confirm-minutes --unused-days --lang' ;;
                        user)
                            word='--db --name --area --provider --role --lang'
                            [[ -z $verb ]] && word='list add role reset reset-factor disable enable'
                            ;;
                    esac
                    mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
                    ;;
            esac
            ;;
        sandbox)
            case $prev in
                --db)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    ;;
                --packs)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
                    ;;
                --address | --host | --port | --log) ;;
                *)
                    mapfile -t COMPREPLY < <(compgen -W '--db --packs --address --host --port --fresh --small --log --lang' -- "$cur")
                    ;;
            esac
            ;;
        acceptance)
            case $prev in
                --signature)
                    mapfile -t COMPREPLY < <(compgen -W 'none x-tif api x-ca' -- "$cur")
                    ;;
                --url | --institution | --name | --area | --key | --secret | --id-no | --person | --item | --timeout) ;;
                *)
                    mapfile -t COMPREPLY < <(compgen -W \
                        '--url --institution --name --area --signature --key --secret --id-no --person --item --no-stays --timeout --quiet --lang' -- "$cur")
                    ;;
            esac
            ;;
        demo)
            case $prev in
                --db)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    ;;
                --packs)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
                    ;;
                --persons | --bills | --month | --seed) ;;
                *)
                    mapfile -t COMPREPLY < <(compgen -W \
                        '--db --packs --persons --bills --month --seed --quiet --lang' -- "$cur")
                    ;;
            esac
            ;;
        import)
            case $prev in
                --db | --map)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    ;;
                --packs)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
                    ;;
                --area | --columns) ;;
                *)
                    if [[ $cur == -* ]]; then
                        mapfile -t COMPREPLY < <(compgen -W \
                            '--db --packs --area --columns --map --dry-run --quiet --lang' -- "$cur")
                    elif [[ -z $verb ]]; then
                        mapfile -t COMPREPLY < <(compgen -W 'areas providers agreements items terms diseases
                            persons covers flags gateways' -- "$cur")
                    else
                        compopt -o filenames
                        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    fi
                    ;;
            esac
            ;;
        check | backup | restore | tidy)
            case $prev in
                --db | --out | --from)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    ;;
                --packs)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -d -- "$cur")
                    ;;
                *)
                    case $command in
                        check) mapfile -t COMPREPLY < <(compgen -W '--db --packs --audit-copy --lang' -- "$cur") ;;
                        backup) mapfile -t COMPREPLY < <(compgen -W '--out --db --lang' -- "$cur") ;;
                        tidy) mapfile -t COMPREPLY < <(compgen -W '--db --message-days --count-days --lang' -- "$cur") ;;
                        restore) mapfile -t COMPREPLY < <(compgen -W '--from --db --lang' -- "$cur") ;;
                    esac
                    ;;
            esac
            ;;
        bench)
            case $prev in
                --db | --password-file | --persons-from)
                    compopt -o filenames
                    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                    ;;
                --url | --login | --connections | --seconds | --warm | --requests | --lines | --on | --persons) ;;
                --get | --seed | --providers | --items | --settlements) ;;
                *)
                    mapfile -t COMPREPLY < <(compgen -W '--url --login --password-file --connections --seconds
                        --warm --requests --lines --on --persons --persons-from --get --seed --prepare --db
                        --providers --items --settlements --lang' -- "$cur")
                    ;;
            esac
            ;;
        help)
            mapfile -t COMPREPLY < <(compgen -W 'settle pack group scheme dip review serve user import demo sandbox acceptance bench exit' -- "$cur")
            ;;
    esac
}
complete -F _gongji gongji
